import type { ParticipantView, SwitchedSource, Switches } from '../protocol/messages';
import type { MeetingState } from './state';

/** What this page may send now: the own switch, as the server has it, and the right (R16). */
export function maySend(meeting: MeetingState): Readonly<Record<SwitchedSource, boolean>> {
  const rights = rightsOf(meeting);
  const switches = switchesOf(meeting);
  const may = (source: SwitchedSource) => rights[source] && switches[source];
  return { microphone: may('microphone'), camera: may('camera'), screen: may('screen') };
}

/**
 * The switches that stand on without the right. They are to be turned off: a right that is given again opens
 * nothing, only the participant's own hand does.
 */
export function idleSwitches(meeting: MeetingState): readonly SwitchedSource[] {
  const rights = rightsOf(meeting);
  const switches = switchesOf(meeting);
  return SOURCES.filter((source) => switches[source] && !rights[source]);
}

/**
 * Whether the own seat was given up and taken anew while the camera was on: it begins with everything off, and whoever
 * is back by itself shows again what it showed (F40). A microphone stays closed until its owner's hand opens it (R16).
 */
export function cameraLeftBehind(before: MeetingState | null, now: MeetingState): boolean {
  if (before === null) return false;
  const anew = joinedAt(before) !== joinedAt(now);
  return anew && switchesOf(before).camera && rightsOf(now).camera && !switchesOf(now).camera;
}

function joinedAt({ participants, you }: MeetingState): number | undefined {
  return participants.find(({ id }) => id === you)?.joined_at;
}

function rightsOf({ participants, you }: MeetingState): Readonly<Record<SwitchedSource, boolean>> {
  const own: ParticipantView | undefined = participants.find(({ id }) => id === you);
  return {
    microphone: own?.may_speak ?? false,
    camera: own?.may_show ?? false,
    screen: own?.may_share ?? false,
  };
}

function switchesOf({ switches, you }: MeetingState): Switches {
  return switches.get(you) ?? { participant: you, microphone: false, camera: false, screen: false };
}

const SOURCES: readonly SwitchedSource[] = ['microphone', 'camera', 'screen'];
