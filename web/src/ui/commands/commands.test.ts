import { expect, test } from 'vitest';
import type { Shortcut } from '../shell/shortcuts';
import type { Role } from '../stage/roles';
import { commandsOf, found } from './commands';

function commands(role: Role) {
  const done: string[] = [];
  const does = new Proxy({} as Record<Shortcut, () => void>, {
    get: (_, shortcut) => () => done.push(String(shortcut)),
  });
  const all = commandsOf({
    role,
    does,
    open: (dialog) => done.push(dialog),
    openFloor: (dialog) => done.push(dialog),
    leave: () => done.push('leave'),
  });
  return { all, done };
}

test('a command is found without marks and by words in any order, and does what its key does', () => {
  const { all, done } = commands('chair');
  const [first, ...others] = found(all, 'phong khoa');
  first?.run();
  expect({ key: first?.key, others, done }).toEqual({ key: 'K', others: [], done: ['lock'] });
});

test('nothing typed shows every command, each under a name of its own', () => {
  const { all } = commands('chair');
  expect(found(all, ' ')).toEqual(all);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
});

test("an attendee finds none of the chair's commands", () => {
  const { all, done } = commands('attendee');
  for (const { run } of all) run();
  for (const act of ['mute_all', 'lock', 'admit', 'floor_next', 'end', 'rules', 'acts'])
    expect(done).not.toContain(act);
  expect(done).toContain('leave');
});
