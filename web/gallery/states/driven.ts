/** Sixty bridge points whose state is driven by messages, to measure what an event costs. */
import { begin } from '../../src/meeting/reduce';
import { aPicture, NINE, someone } from '../../src/meeting/build';
import Driven from '../Driven.svelte';
import { camera, HALL, OFFICE, ROOM } from '../scene';
import type { StatesOf } from '../state';
import { devices } from './door';
import { ACTS } from './stage';

const SCENES = [HALL, ROOM, OFFICE];

function sixty() {
  return Array.from({ length: 60 }, (_, place) => {
    const role = place === 0 ? ('chair' as const) : ('attendee' as const);
    return someone(`p${place}`, { role, order: place, branch: place < 8 ? '' : `Huyện ${place % 4}` });
  });
}

export const DRIVEN_STATES: StatesOf<'driven'> = {
  'driven-sixty': {
    component: Driven,
    props: () => {
      const people = sixty();
      const switches = people.map(({ id }) => ({ participant: id, microphone: true, camera: true, screen: false }));
      return {
        start: begin(aPicture(people, { switches }), NINE),
        now: NINE,
        acts: ACTS,
        devices: devices(),
        streamOf: (seat: string) => camera(SCENES[Number(seat.slice(1)) % SCENES.length] ?? HALL, { still: true }),
      };
    },
  },
};
