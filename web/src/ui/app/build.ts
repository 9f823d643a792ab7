/** For tests and the gallery: what a page is told to draw. */
import type { Drawn } from './stage_view';

/** The own side of a page whose line is well and which asked for nothing. */
export const CALM: Drawn = {
  line: { kind: 'up' },
  media: 'up',
  own: { microphone: false, camera: true, screen: false },
  pending: [],
  frozen: new Map(),
  limit: null,
  limits: new Map(),
};
