/**
 * How long coming in takes, part by part: marks of the browser's own clock, read by `make bench-join` and by anybody
 * with the browser's tools. Each press of "join" starts anew.
 */
export type Span = 'join' | 'socket' | 'offer' | 'answered' | 'connected' | 'first_frame';

export function mark(span: Span): void {
  if (span === 'join') for (const { name } of performance.getEntriesByType('mark')) forget(name);
  // the first of each kind counts: a later reconnection is not part of coming in
  if (performance.getEntriesByName(PREFIX + span, 'mark').length === 0) performance.mark(PREFIX + span);
}

function forget(name: string): void {
  if (name.startsWith(PREFIX)) performance.clearMarks(name);
}

const PREFIX = 'hoptt:';
