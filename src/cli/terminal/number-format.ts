const THOUSANDS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Four significant digits, thousands grouped, tiny and huge numbers with an exponent; what is no number as it is. */
export function formatNumber(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value !== 'number') return typeof value === 'string' ? value : JSON.stringify(value);
  const size = Math.abs(value);
  if (size < 1e12 && (Number.isInteger(value) || size >= 1000)) return THOUSANDS.format(value);
  if (size < 1e-4 || size >= 1e12) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

/** With its sign, as a change. */
export function formatChange(value: unknown): string {
  return typeof value === 'number' && value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
}

export function formatSeconds(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
