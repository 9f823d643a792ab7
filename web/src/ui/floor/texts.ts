import { m } from '#lib/paraglide/messages.js';
import { clock } from '../shell/duration';
import type { FloorNow, TurnNow } from './view';

/** 02:14 that is left, never "00:00" while a part of a second is; +00:20 once time runs over. */
export function countdown(leftMs: number): string {
  return leftMs < 0 ? `+${clock(-leftMs)}` : clock(Math.ceil(leftMs / 1000) * 1000);
}

/** What the large digits of a turn show: the time that is left, or what was spoken when there is no limit. */
export function digits({ leftMs, spokenMs, lapsesInMs }: TurnNow): string {
  if (lapsesInMs !== null) return countdown(lapsesInMs);
  return leftMs === null ? clock(spokenMs) : countdown(leftMs);
}

/** What the digits mean. */
export function digitsSay({ leftMs, limitMs, lapsesInMs }: TurnNow): string {
  if (lapsesInMs !== null) return m.floor_lapses_in();
  if (leftMs === null || limitMs === null) return m.floor_spoken_for();
  const limit = clock(Math.round(limitMs / 1000) * 1000);
  return leftMs < 0 ? m.floor_over_of({ limit }) : m.floor_left_of({ limit });
}

export function stateOf({ state, heldBecause, leftMs }: TurnNow): string {
  if (state === 'granted') return m.floor_granted();
  if (state === 'held') return heldBecause === 'line' ? m.floor_held_line() : m.floor_held();
  return leftMs !== null && leftMs < 0 ? m.floor_over() : m.floor_speaking();
}

/** "5 phút", "1 phút 30 giây" as 01:30: how long a turn is. */
export function lengthOf(seconds: number): string {
  return seconds % 60 === 0 ? m.floor_minutes({ count: seconds / 60 }) : clock(seconds * 1000);
}

/** Since when somebody waits, in words for a row. */
export function ago(waitedMs: number): string {
  return waitedMs < 60_000 ? m.floor_just_now() : m.floor_minutes({ count: Math.floor(waitedMs / 60_000) });
}

/** A guess is given as one: minutes up to ten, then steps of five. */
function likelyMinutes(ms: number): number {
  const minutes = ms / 60_000;
  return minutes < 10 ? Math.round(minutes) : Math.round(minutes / 5) * 5;
}

/** "chờ khoảng 20 phút"; null when nothing is known, or when it is one's turn next. */
export function likelyWait(ms: number | null): string | null {
  if (ms === null) return null;
  const count = likelyMinutes(ms);
  return count === 0 ? m.floor_wait_soon() : m.floor_wait({ count });
}

/** "Mỗi lượt 5 phút · hết giờ tắt micro". */
export function rulesOf({ turnS, atOnce, overrun }: Pick<FloorNow, 'turnS' | 'atOnce' | 'overrun'>): string {
  return [
    turnS === null ? m.floor_rule_no_limit() : m.floor_rule_minutes({ minutes: lengthOf(turnS) }),
    atOnce > 1 ? m.floor_rule_at_once({ count: atOnce }) : null,
    turnS === null ? null : overrun === 'close' ? m.floor_rule_close() : m.floor_rule_warn(),
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

/** For the name of a tile: "đang phát biểu, còn 2 phút 14 giây". */
export function spokenState(turn: TurnNow): string {
  const { state, leftMs } = turn;
  if (state === 'granted') return m.floor_tile_granted();
  if (state === 'held') return m.floor_tile_held();
  if (leftMs === null) return m.floor_tile_speaking();
  if (leftMs <= 0) return `${m.floor_tile_speaking()}, ${m.floor_tile_over()}`;
  const all = Math.ceil(leftMs / 1000);
  const [minutes, seconds] = [Math.floor(all / 60), all % 60];
  const left = minutes > 0 ? m.floor_tile_left({ minutes, seconds }) : m.floor_tile_left_seconds({ seconds });
  return `${m.floor_tile_speaking()}, ${left}`;
}
