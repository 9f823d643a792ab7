/** 02:14, or 1:02:14 from one hour on. */
export function clock(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours > 0 ? `${two(hours)}:${two(minutes)}:${two(rest)}` : `${two(minutes)}:${two(rest)}`;
}

/** 00:02:14: the meeting's clock, which keeps its width. */
export function longClock(durationMs: number): string {
  const short = clock(durationMs);
  return short.length > 5 ? short : `00:${short}`;
}

/** 08:05, as it is written in both languages. */
export function timeOfDay(atMs: number, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(timeZone ? { timeZone } : {}),
  }).format(atMs);
}

/** "Thứ Năm 26/11/2026" or "Thursday 26/11/2026". */
export function dayOfWeek(atMs: number, tag: string, timeZone?: string): string {
  const zone = timeZone ? { timeZone } : {};
  const day = new Intl.DateTimeFormat(tag, { weekday: 'long', ...zone }).format(atMs);
  const date = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: '2-digit', year: 'numeric', ...zone });
  return `${day} ${date.format(atMs)}`;
}
