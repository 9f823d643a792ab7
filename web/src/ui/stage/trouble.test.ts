import { describe, expect, it } from 'vitest';
import { troubleOf } from './trouble';

const CALM = { connected: true, awayMs: null, frozenMs: null, limit: null, line: 'good' } as const;

describe('what is wrong with a picture', () => {
  it('is nothing on a good line', () => {
    expect(troubleOf(CALM, true)).toBeNull();
  });

  it('is the lost line first, with its clock', () => {
    const lost = { ...CALM, connected: false, awayMs: 65_000, frozenMs: 3_000, line: 'bad' } as const;
    expect(troubleOf(lost, true)).toMatchObject({ testid: 'tile-reconnecting', clock: '01:05' });
    expect(troubleOf({ ...lost, awayMs: null }, true)).toMatchObject({ testid: 'tile-reconnecting', clock: '' });
  });

  it('is a picture that stands still only while one is shown', () => {
    const still = { ...CALM, frozenMs: 3_000, line: 'bad' } as const;
    expect(troubleOf(still, true)).toMatchObject({ testid: 'tile-frozen', clock: '00:03' });
    expect(troubleOf(still, false)).toMatchObject({ testid: 'tile-weak', clock: '' });
  });

  it('is the reason why the own picture is small before the weak line', () => {
    expect(troubleOf({ ...CALM, limit: 'uplink', line: 'bad' }, true)).toMatchObject({ testid: 'tile-limited' });
    expect(troubleOf({ ...CALM, line: 'bad' }, true)).toMatchObject({ testid: 'tile-weak' });
  });

  it('is said in few words on a small picture', () => {
    const text = (troubled: Partial<Parameters<typeof troubleOf>[0]>) =>
      troubleOf({ ...CALM, ...troubled }, true, true)?.text;
    expect(text({ connected: false, awayMs: 36_000 })).toBe('Nối lại');
    expect(text({ limit: 'uplink' })).toBe('Hình giảm');
    expect(text({ line: 'bad' })).toBe('Kém');
  });
});
