import { m } from '#lib/paraglide/messages.js';
import { clock, timeOfDay } from '../shell/duration';
import type { Refusal } from './refusals';

/* Fetched with the first refusal: nobody who is let in at once needs these texts. */

/** What to do, in the language of the page: the fault and the correction, never a bare code. */
export function refusalText(refusal: Refusal, slug = ''): string {
  const say = TEXTS[refusal.code];
  return say ? say(new Details(refusal), slug) : m.refusal_server();
}

export function knows(code: string): boolean {
  return code in TEXTS;
}

/** Reads details that an older or newer server may leave out. */
class Details {
  constructor(private readonly refusal: Refusal) {}

  text(key: string, otherwise = ''): string {
    const value = this.refusal.details?.[key];
    return value === undefined ? otherwise : String(value);
  }

  number(key: string): number | null {
    const value = this.refusal.details?.[key];
    return typeof value === 'number' ? value : null;
  }

  get field(): string {
    return this.refusal.field ?? '';
  }
}

type Say = (details: Details, slug: string) => string;

const wait = (details: Details) => clock(details.number('wait_ms') ?? 60_000);

const TEXTS: Readonly<Record<string, Say>> = {
  'name.part_missing': ({ field }) =>
    field === 'bridge_point'
      ? m.refusal_name_part_missing_bridge_point()
      : field === 'unit'
        ? m.refusal_name_unit_missing()
        : field === 'position'
          ? m.refusal_name_part_missing_position()
          : m.refusal_name_part_missing_name(),
  signed_out: () => m.refusal_signed_out(),
  'login.needed': () => m.refusal_signed_out(),
  'name.too_short': (details) => m.refusal_name_too_short({ words: details.number('min_words') ?? 2 }),
  'name.too_long': (details) =>
    m.refusal_name_too_long({ max: details.number('max_length') ?? 80, length: details.text('length', '> 80') }),
  'name.script': (details) => m.refusal_name_script({ characters: details.text('characters', '…') }),
  'name.lookalike': (details) => m.refusal_name_lookalike({ characters: details.text('characters', '…') }),
  'name.impersonates': () => m.refusal_name_impersonates(),
  'name.point_unknown': (details) =>
    details.text('suggestion')
      ? m.refusal_name_point_suggestion({ given: details.text('given'), suggestion: details.text('suggestion') })
      : m.refusal_name_point_unknown({ given: details.text('given') }),
  'name.unit_missing': () => m.refusal_name_unit_missing(),
  'seat.taken': (details) => {
    if (details.text('second_seat')) return m.refusal_seat_stays();
    const since = details.number('since');
    return since === null ? m.refusal_seat_taken() : m.refusal_seat_taken_since({ time: timeOfDay(since) });
  },
  'seat.gone': () => m.refusal_seat_gone(),
  'password.missing': () => m.refusal_password_missing(),
  'password.wrong': (details) => {
    const left = details.number('attempts_left');
    if (left === null) return m.refusal_password_wrong();
    return left > 0 ? m.refusal_password_wrong_left({ left }) : m.refusal_password_wrong_wait({ time: wait(details) });
  },
  'password.wait': (details) => m.refusal_password_wait({ time: wait(details) }),
  'link.unknown': (_, slug) => m.refusal_link_unknown({ slug }),
  'slug.invalid': (_, slug) => m.refusal_link_unknown({ slug }),
  'token.invalid': () => m.refusal_token_invalid(),
  'token.expired': () => m.refusal_token_expired(),
  'meeting.not_open': () => m.refusal_meeting_not_open(),
  'meeting.ended': (details) => {
    const at = details.number('ended_at');
    return at === null ? m.refusal_meeting_ended() : m.refusal_meeting_ended_at({ time: timeOfDay(at) });
  },
  'meeting.moved': (details) => {
    const at = details.number('starts_at') ?? 0;
    const date = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: '2-digit' }).format(at);
    return m.refusal_meeting_moved({ time: timeOfDay(at), date });
  },
  'meeting.postponed': () => m.refusal_meeting_postponed(),
  'room.locked': () => m.refusal_room_locked(),
  'room.full': (details) => m.refusal_room_full({ capacity: details.text('capacity') }),
  'room.closed': () => m.refusal_room_closed(),
  'lobby.full': () => m.refusal_lobby_full(),
  'lobby.refused': (details) =>
    details.text('reason')
      ? m.refusal_lobby_refused_reason({ reason: details.text('reason') })
      : m.refusal_lobby_refused(),
  not_invited: () => m.refusal_not_invited(),
  removed: () => m.refusal_removed(),
  banned: () => m.refusal_banned(),
  not_allowed: () => m.refusal_not_allowed(),
  not_in_meeting: () => m.refusal_not_in_meeting(),
  already_in_meeting: () => m.refusal_already_in_meeting(),
  'participant.unknown': () => m.refusal_participant_unknown(),
  not_possible: () => m.refusal_not_possible(),
  'floor.taken': () => m.refusal_floor_taken(),
  'floor.full': () => m.refusal_floor_full(),
  'floor.already': () => m.refusal_floor_already(),
  'floor.not_asked': () => m.refusal_floor_not_asked(),
  'floor.no_turn': () => m.refusal_floor_no_turn(),
  'floor.held': () => m.refusal_floor_held(),
  'floor.away': () => m.refusal_floor_away(),
  'floor.number': (details) => m.refusal_floor_number({ min: details.text('min'), max: details.text('max') }),
  not_stored: () => m.refusal_not_stored(),
  'branch.outside': (details) => m.refusal_branch_outside({ branch: details.text('branch') }),
  'branch.unknown': (details) => m.refusal_branch_unknown({ branch: details.text('branch') }),
  'chair.present': () => m.refusal_chair_present(),
  'chair.not_offered': () => m.refusal_chair_not_offered(),
  'chat.closed': () => m.chat_closed(),
  'chat.empty': () => m.refusal_chat_empty(),
  'chat.too_long': (details) =>
    m.refusal_chat_too_long({ max: details.number('max_length') ?? 4_000, length: details.text('length', '> 4000') }),
  'chat.rate': () => m.refusal_chat_rate(),
  'chat.no_unit': () => m.refusal_chat_no_unit(),
  'message.too_large': () => m.refusal_message_too_large(),
  'message.rate': () => m.refusal_message_rate(),
  'device.denied': () => m.device_denied(),
  'device.none': () => m.device_none_microphone(),
  'device.busy': () => m.device_busy_text(),
  'device.failed': () => m.device_failed(),
  'device.insecure': () => m.device_insecure(),
  'protocol.version': () => m.refusal_protocol_version(),
  'engine.away': () => m.refusal_engine_away(),
  shutting_down: () => m.refusal_shutting_down(),
  taken_over: () => m.refusal_taken_over(),
  offline: () => m.refusal_offline(),
  browser: () => m.refusal_browser(),
};
