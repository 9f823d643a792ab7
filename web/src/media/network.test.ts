import { afterEach, expect, test, vi } from 'vitest';
import { onOtherNetwork } from './network';

afterEach(() => vi.unstubAllGlobals());

test('another network is told of: when there is one again, and when its kind changes, not its speed', () => {
  const device = new EventTarget();
  const connection = Object.assign(new EventTarget(), { type: 'wifi' });
  vi.stubGlobal('addEventListener', device.addEventListener.bind(device));
  vi.stubGlobal('removeEventListener', device.removeEventListener.bind(device));
  vi.stubGlobal('navigator', { connection });
  const told = vi.fn();
  const end = onOtherNetwork(told);
  connection.dispatchEvent(new Event('change'));
  expect(told).toHaveBeenCalledTimes(0);
  connection.type = 'cellular';
  connection.dispatchEvent(new Event('change'));
  expect(told).toHaveBeenCalledTimes(1);
  device.dispatchEvent(new Event('online'));
  expect(told).toHaveBeenCalledTimes(2);
  end();
  connection.type = 'wifi';
  connection.dispatchEvent(new Event('change'));
  device.dispatchEvent(new Event('online'));
  expect(told).toHaveBeenCalledTimes(2);
});

test('a browser that knows nothing of its network tells when there is one again', () => {
  const device = new EventTarget();
  vi.stubGlobal('addEventListener', device.addEventListener.bind(device));
  vi.stubGlobal('removeEventListener', device.removeEventListener.bind(device));
  vi.stubGlobal('navigator', {});
  const told = vi.fn();
  onOtherNetwork(told);
  device.dispatchEvent(new Event('online'));
  expect(told).toHaveBeenCalledTimes(1);
});
