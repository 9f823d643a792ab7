import type { Door, Name } from '../../protocol/messages';
import type { DoorView, NameParts } from '../door/view';

export function doorView(door: Door, nowMs: number): DoorView {
  return {
    slug: door.room.slug,
    roomName: door.room.name,
    title: door.title || door.room.name,
    state: door.state,
    entry: door.entry,
    hasPassword: door.password,
    mutedUntilAllowed: door.muted_until_allowed,
    require: door.name_rule.require,
    maxLength: door.name_rule.max_length,
    skewMs: door.now - nowMs,
    startsAt: door.starts_at,
    endsAt: door.ends_at,
    doorsAt: door.doors_at,
    endedAt: door.ended_at,
    chair: door.chair,
    identity: door.identity && {
      role: door.identity.role,
      invited: door.identity.invited,
      name: door.identity.name && parts(door.identity.name),
    },
  };
}

export function parts(name: Name): NameParts {
  return { point: name.bridge_point, name: name.name, unit: name.unit };
}

export function wireName({ point, name, unit }: NameParts): Name {
  return { bridge_point: point, name, unit };
}
