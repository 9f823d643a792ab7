import { describe, expect, test } from 'vitest';
import { Announcements, MAX_WAITING, PAUSE_MS } from './announcements';

const came = (name: string) => ({
  urgency: 'polite' as const,
  kind: 'came',
  text: `${name} came`,
  merged: (count: number) => `${count} came`,
});

describe('what a screen reader hears', () => {
  test('a message is said at once when nothing was said before', () => {
    const announcements = new Announcements();
    announcements.add(came('An'));
    expect(announcements.poll('polite', 0)).toBe('An came');
  });

  test('the next message waits two seconds', () => {
    const announcements = new Announcements();
    announcements.add(came('An'));
    announcements.poll('polite', 0);
    announcements.add(came('Bình'));
    expect(announcements.poll('polite', PAUSE_MS - 1)).toBeNull();
    expect(announcements.poll('polite', PAUSE_MS)).toBe('Bình came');
  });

  test('messages of one kind that wait together become one sentence', () => {
    const announcements = new Announcements();
    for (const name of ['An', 'Bình', 'Chi']) announcements.add(came(name));
    expect(announcements.poll('polite', 0)).toBe('3 came');
  });

  test('an alert does not wait for the polite region', () => {
    const announcements = new Announcements();
    announcements.add(came('An'));
    announcements.poll('polite', 0);
    announcements.add({ urgency: 'assertive', kind: 'muted', text: 'muted' });
    expect(announcements.poll('assertive', 1)).toBe('muted');
  });

  test('a flood is cut from the oldest polite end and never loses an alert', () => {
    const announcements = new Announcements();
    announcements.add({ urgency: 'assertive', kind: 'muted', text: 'muted' });
    for (let kind = 0; kind < MAX_WAITING + 5; kind += 1)
      announcements.add({ urgency: 'polite', kind: String(kind), text: String(kind) });
    expect(announcements.poll('assertive', 0)).toBe('muted');
    expect(announcements.poll('polite', 0)).toBe('6');
  });
});
