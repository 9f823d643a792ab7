import { expect, test } from 'vitest';
import { OwnLine, type Report } from './own_line';

const sent = (qualityLimitationReason: string): Report => ({
  type: 'outbound-rtp',
  kind: 'video',
  qualityLimitationReason,
});
const arrived = (packetsReceived: number, packetsLost: number): Report => ({
  type: 'inbound-rtp',
  kind: 'video',
  packetsReceived,
  packetsLost,
});

test.each([
  ['bandwidth', 'uplink'],
  ['cpu', 'cpu'],
  ['none', null],
] as const)('a picture limited by %s for four looks is limited by %s', (reason, limit) => {
  const line = new OwnLine();
  for (let look = 0; look < 3; look += 1) expect(line.at([sent(reason)])).toBeNull();
  expect(line.at([sent(reason)])).toBe(limit);
});

test('one bad second is not told, and what was told goes when it is over for good', () => {
  const line = new OwnLine();
  for (const reason of ['bandwidth', 'bandwidth', 'none', 'bandwidth']) expect(line.at([sent(reason)])).toBeNull();
  for (let look = 0; look < 4; look += 1) line.at([sent('bandwidth')]);
  expect(line.at([sent('none')])).toBe('uplink');
  for (let look = 0; look < 3; look += 1) line.at([sent('none')]);
  expect(line.at([sent('none')])).toBeNull();
});

test('packets that are missing again and again mean the way down', () => {
  const line = new OwnLine();
  const looks = [1, 2, 3, 4].map((second) => line.at([arrived(second * 90, second * 10)]));
  expect(looks).toEqual([null, null, null, 'downlink']);
});

test('a connection made anew, which counts from nothing, is no loss', () => {
  const line = new OwnLine();
  line.at([arrived(10_000, 400)]);
  expect([1, 2, 3, 4, 5].map((second) => line.at([arrived(second * 100, 0)]))).toEqual([null, null, null, null, null]);
});
