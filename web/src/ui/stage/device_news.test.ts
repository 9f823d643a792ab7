import { expect, test } from 'vitest';
import { deviceNews } from './device_news';

const HALL = { id: 'hall', label: 'Micro phòng họp' };
const LAPTOP = { id: 'laptop', label: 'Micro máy tính' };
const READY = {
  state: 'ready',
  hasMicrophone: true,
  hasCamera: true,
  cameraOn: true,
  microphone: 'hall',
  camera: 'cam',
  microphones: [HALL, LAPTOP],
  cameras: [{ id: 'cam', label: 'Camera' }],
} as const;
const lost = (after: object) => deviceNews(READY, { ...READY, ...after }).map((news) => news.lost);

test('a microphone that is pulled out and has no other is told as lost', () => {
  expect(lost({ hasMicrophone: false, microphones: [] })).toEqual([true]);
});

test('another microphone that takes its place is told by its name', () => {
  const [news] = deviceNews(READY, { ...READY, microphone: 'laptop', microphones: [LAPTOP] });
  expect(news?.text).toContain('Micro máy tính');
  expect(news?.lost).toBe(false);
});

test('what the owner chooses or switches off is not told', () => {
  expect(lost({ microphone: 'laptop' })).toEqual([]);
  expect(lost({ cameraOn: false })).toEqual([]);
});

test('opening the devices at the door is no news', () => {
  expect(deviceNews({ ...READY, state: 'starting', hasMicrophone: false }, READY)).toEqual([]);
});
