import { spawn } from 'node:child_process';
import type { Browser } from '../../web/e2e/support/browsers';
import type { Guest } from '../../web/e2e/support/guest';
import type { Server } from '../../web/e2e/support/server';
import { call } from './direct';
import { floor } from './floor';
import { viewer } from './hoptt';
import type { Line } from './line';
import { PYTHON, ROOT } from './paths';
import { pins } from './pins';

/** Something that is done at a time since the press on *join*. */
export interface Act {
  readonly at_s: number;
  readonly run: () => Promise<unknown>;
}

/** What goes on beside the line's own changes. */
export interface Play {
  readonly acts: readonly Act[];
  /** What was seen of it, for benchmarks/quality/run.py. */
  readonly seen?: () => Promise<object>;
  readonly close?: () => void;
}

/** Who is there when a play is prepared. */
export interface Cast {
  readonly server: Server;
  readonly slug: string;
  readonly line: Line;
  readonly near: Browser;
  readonly far: Browser;
  readonly chair: Guest;
  readonly viewer: Guest;
}

/** RFC 8867 §5.4: the second flow comes later. */
const SECOND_AT_S = 20;
const DOWNLOAD_AT_S = 10;
const NOTHING: Play = { acts: [] };

/** Prepares what a scenario plays: everybody is in the meeting but the viewer, who stands at the door. */
export async function play(name: string, cast: Cast): Promise<Play> {
  switch (name) {
    case 'second': {
      const second = await viewer(cast.server, cast.slug, cast.far, { bridgePoint: 'Man hinh 2' });
      return { acts: [{ at_s: SECOND_AT_S, run: () => second.enter() }] };
    }
    case 'download':
      return download(cast.line);
    case 'pins':
      return pins(cast);
    case 'floor':
      return floor(cast);
    default:
      return NOTHING;
  }
}

/** The same of two browsers without a server. */
export async function directPlay(name: string, line: Line, near: Browser, far: Browser, most: number): Promise<Play> {
  if (name === 'download') return download(line);
  if (name !== 'second') return NOTHING;
  const second = await call(near, far, most);
  return { acts: [{ at_s: SECOND_AT_S, run: second.connect }] };
}

/** A download by TCP over the same line, with the congestion control of RFC 9438 (benchmarks/quality/download.py). */
function download(line: Line): Play {
  const words = ['-m', 'benchmarks.quality.download'];
  const source = spawn(PYTHON, [...words, 'send'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  const sink = () => {
    const [program, ...rest] = [...line.afar, PYTHON, ...words, 'take'] as const;
    spawn(program, rest, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
    return Promise.resolve();
  };
  return { acts: [{ at_s: DOWNLOAD_AT_S, run: sink }], close: () => source.kill() };
}
