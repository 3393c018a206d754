const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** Bytes for people, in thousands (not 1024s): `540 MB`, `1.3 GB`. */
export function formatBytes(bytes: number): string {
  const size = Math.abs(bytes);
  const power = size < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(size) / 3));
  const value = bytes / 1000 ** power;
  return `${Number(value.toPrecision(Math.abs(value) < 10 && power > 0 ? 2 : 3))} ${UNITS[power]}`;
}
