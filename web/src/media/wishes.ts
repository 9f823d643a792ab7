import type { Wishes } from './device_state';

/** The devices chosen last, on this device only. */
export function recall(storage: Pick<Storage, 'getItem'> | null): Partial<Wishes> {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(KEY) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).filter(([name, value]) => SHAPE.get(name) === typeof value));
  } catch {
    return {};
  }
}

export function keep(storage: Pick<Storage, 'setItem'> | null, wishes: Wishes): void {
  const { camera, microphone, speaker, cameraOn, microphoneOn } = wishes;
  try {
    storage?.setItem(KEY, JSON.stringify({ camera, microphone, speaker, cameraOn, microphoneOn }));
  } catch {
    // a closed storage: the default devices are taken next time
  }
}

const KEY = 'hoptt.devices';
const SHAPE: ReadonlyMap<string, string> = new Map([
  ['camera', 'string'],
  ['microphone', 'string'],
  ['speaker', 'string'],
  ['cameraOn', 'boolean'],
  ['microphoneOn', 'boolean'],
]);
