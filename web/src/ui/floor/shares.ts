import type { Role } from '../stage/roles';
import { mayHaveFloor } from './view';

/** Who spoke how long, and who has not yet (R17): for the chair who invites, and for everybody's eye. */
export interface Share {
  readonly id: string;
  readonly point: string;
  readonly person: string;
  readonly spokenMs: number;
}

export interface UnitShare {
  readonly unit: string;
  readonly spokenMs: number;
  readonly count: number;
  /** Of them, those that have spoken. */
  readonly spoke: number;
}

interface Somebody {
  readonly id: string;
  readonly point: string;
  readonly person: string;
  readonly unit: string;
  readonly role: Role;
}

/** Everybody who may have the floor, in the given order, which is the protocol's. */
export function shares(seats: readonly Somebody[], spoken: ReadonlyMap<string, number>): readonly Share[] {
  return seats
    .filter(({ role }) => mayHaveFloor(role))
    .map(({ id, point, person }) => ({ id, point, person, spokenMs: spoken.get(id) ?? 0 }));
}

/** By unit, the longest first; those without a unit stand together as "". */
export function unitShares(seats: readonly Somebody[], spoken: ReadonlyMap<string, number>): readonly UnitShare[] {
  const units = new Map<string, UnitShare>();
  for (const { id, unit, role } of seats) {
    if (!mayHaveFloor(role)) continue;
    const before = units.get(unit) ?? { unit, spokenMs: 0, count: 0, spoke: 0 };
    const ms = spoken.get(id) ?? 0;
    units.set(unit, {
      unit,
      spokenMs: before.spokenMs + ms,
      count: before.count + 1,
      spoke: before.spoke + (ms > 0 ? 1 : 0),
    });
  }
  return [...units.values()].sort((one, other) => other.spokenMs - one.spokenMs);
}
