import type { State } from '../state';
import { DOOR_STATES } from './door';
import { OVER_STATES } from './over';
import { STAGE_STATES } from './stage';

export const STATES: readonly State[] = [...DOOR_STATES, ...STAGE_STATES, ...OVER_STATES];
