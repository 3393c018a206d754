import { RanksweepError } from './errors.js';

const UNITS: Record<string, number> = {
  '': 1,
  b: 1,
  ...{ kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ...{ kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 },
};

/** "500 MB", "20GiB", "1e9" as bytes. @throws RanksweepError INVALID_INPUT that names `field` */
export function parseByteCount(text: string, field: string): number {
  const [, digits, unit] = /^\s*([0-9.]+(?:e[0-9]+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit?.toLowerCase() ?? ''] ?? Number.NaN);
  if (Number.isFinite(bytes)) return Math.round(bytes);
  const message = `found ${JSON.stringify(text)}, expected a size such as 500 MB or 20 GiB`;
  throw new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}

/** For people: 1.5 GB. */
export function byteText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${Number((bytes / 1e3 ** power).toPrecision(4))} ${units[power]}`;
}
