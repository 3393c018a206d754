const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `840 ms`, `12.3 s`, `4 min 05 s`, `2 h 07 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '–';
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(ms < 10 * SECOND ? 1 : 0)} s`;
  if (ms < HOUR) return parts(ms, MINUTE, 'min', SECOND, 's');
  return ms < DAY ? parts(ms, HOUR, 'h', MINUTE, 'min') : parts(ms, DAY, 'd', HOUR, 'h');
}

function parts(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % big) / small);
  return `${Math.floor(ms / big)} ${bigName} ${String(rest).padStart(2, '0')} ${smallName}`;
}

/** Whole seconds, minutes, hours: for "how old is this". */
export function formatAge(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.round(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`;
  return ms < 2 * DAY ? `${Math.round(ms / HOUR)} h` : `${Math.round(ms / DAY)} d`;
}

/** Local date and time: `24 Nov 20:03:01`; the year is added when it is not this year's. */
export function formatInstant(iso: string, now = new Date()): string {
  const date = new Date(iso);
  const year = date.getFullYear() === now.getFullYear() ? '' : ` ${date.getFullYear()}`;
  const month = date.toLocaleString('en-GB', { month: 'short' });
  return `${date.getDate()} ${month}${year} ${formatClock(date.getTime())}`;
}

export function formatClock(ms: number): string {
  return new Date(ms).toLocaleTimeString('en-GB');
}
