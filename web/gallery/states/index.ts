import type { StateId } from '../list';
import type { State } from '../state';
import { BROWSER_STATES } from './browser';
import { DOOR_STATES } from './door';
import { DRIVEN_STATES } from './driven';
import { HAND_STATES } from './hand';
import { FLOOR_STATES } from './floor';
import { LOBBY_STATES, OVER_STATES } from './over';
import { OFFICE_STATES } from './office';
import { PICTURE_STATES, ROOM_STATES } from './pictures';
import { STAGE_STATES } from './stage';

export const STATES: Readonly<Record<StateId, State>> = {
  ...DOOR_STATES,
  ...STAGE_STATES,
  ...DRIVEN_STATES,
  ...HAND_STATES,
  ...PICTURE_STATES,
  ...ROOM_STATES,
  ...FLOOR_STATES,
  ...LOBBY_STATES,
  ...OVER_STATES,
  ...BROWSER_STATES,
  ...OFFICE_STATES,
};
