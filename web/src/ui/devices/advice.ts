import { m } from '#lib/paraglide/messages.js';
import type { DevicesView } from './view';

/** What to do when camera or microphone cannot be had; null when there is nothing to do. */
export function advice(devices: Pick<DevicesView, 'state' | 'hasCamera' | 'hasMicrophone'>): string | null {
  switch (devices.state) {
    case 'denied':
      return m.device_denied();
    case 'none':
      return m.device_none_both();
    case 'busy':
      return m.device_busy_text();
    case 'failed':
      return m.device_failed();
    case 'insecure':
      return m.device_insecure();
    case 'ready':
      if (!devices.hasMicrophone) return m.device_none_microphone();
      return devices.hasCamera ? null : m.device_none_camera();
    case 'idle':
    case 'starting':
      return null;
  }
}

/** "Tìm lại" when something is to be plugged in, "Thử lại" otherwise. */
export function adviceAction(state: DevicesView['state']): string | null {
  if (state === 'insecure') return null;
  return state === 'none' || state === 'ready' ? m.search_again() : m.retry();
}
