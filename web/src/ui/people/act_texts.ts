import { m } from '#lib/paraglide/messages.js';
import type { ActRow } from '../../protocol/roles';
import { type Role, roleName } from '../stage/roles';

/** What was done, in the words of the page; a word that is not known is shown as the server says it. */
export function actText(row: ActRow): string {
  if (row.act === 'role_changed') return roleText(row);
  return TEXTS[row.act]?.() ?? row.act;
}

/** What else there is to say about an act: the new name, the branch. */
export function actDetail(row: ActRow): string {
  const { details } = row;
  if (row.act === 'name_changed') return m.act_renamed_to({ before: details.before ?? '', after: details.after ?? '' });
  if (row.act === 'branch_set') return details.branch ?? '';
  return '';
}

function roleText({ details: { role, branch } }: ActRow): string {
  if (branch) return m.act_role_branch({ branch });
  return m.act_role({ role: roleName((role ?? 'attendee') as Role) });
}

const TEXTS: Readonly<Record<string, () => string>> = {
  meeting_opened: m.act_opened,
  meeting_closed: m.act_closed,
  admitted: m.act_admitted,
  refused: m.act_refused,
  removed: m.act_removed,
  banned: m.act_banned,
  ban_lifted: m.act_ban_lifted,
  allowed: m.act_allowed,
  taken_back: m.act_taken_back,
  muted: m.act_muted,
  all_muted: m.act_all_muted,
  all_mute_lifted: m.act_all_mute_lifted,
  camera_stopped: m.act_camera_stopped,
  camera_allowed: m.act_camera_allowed,
  share_stopped: m.act_share_stopped,
  share_allowed: m.act_share_allowed,
  locked: m.act_locked,
  unlocked: m.act_unlocked,
  branch_set: m.act_branch_set,
  name_changed: m.act_renamed,
  chair_offered: m.act_chair_offered,
  chair_offer_withdrawn: m.act_chair_offer_withdrawn,
  chair_accepted: m.act_chair_accepted,
  chair_declined: m.act_chair_declined,
  deputy_named: m.act_deputy_named,
  deputy_withdrawn: m.act_deputy_withdrawn,
  lobby_given: m.act_lobby_given,
  lobby_taken_back: m.act_lobby_taken_back,
  chair_stands_in: m.act_chair_stands_in,
  turn_granted: m.act_turn_granted,
  turn_changed: m.act_turn_changed,
  turn_ended: m.act_turn_ended,
  request_moved: m.act_request_moved,
  floor_withdrawn: m.act_floor_withdrawn,
  floor_set: m.act_floor_set,
  layout_set: m.act_layout_set,
  stage_set: m.act_stage_set,
  chat_closed: m.act_chat_closed,
};
