const NOTHING = '–';
const THIN_SPACE = ' ';

/**
 * A number for reading: three significant digits unless told, thin spaces between thousands, powers of ten only far from one.
 * NaN and infinities are said, a missing value is a dash.
 */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined) return NOTHING;
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : minus('-∞');
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e9) return minus(shortExponent(value.toExponential(digits - 1)));
  if (Number.isInteger(value)) return minus(group(value.toFixed(0)));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return minus(group(value.toFixed(decimals)));
}

/** With its sign, for differences: `+0.12`, `−0.034`. */
export function formatChange(value: number | null | undefined, digits = 3): string {
  const text = formatNumber(value, digits);
  return value !== null && value !== undefined && value > 0 ? `+${text}` : text;
}

/** Fewest digits (3 to 5) with which values that differ also look different. */
export function digitsApart(values: (number | undefined)[]): number {
  const distinct = [...new Set(values.filter((v): v is number => v !== undefined && Number.isFinite(v)))];
  for (const digits of [3, 4]) {
    if (new Set(distinct.map((v) => formatNumber(v, digits))).size === distinct.length) return digits;
  }
  return 5;
}

/** `1.0e-4` → `1e-4`, so that round rates read round. */
function shortExponent(text: string): string {
  return text
    .replace(/(\.\d*?)0+e/, '$1e')
    .replace('.e', 'e')
    .replace('e+', 'e');
}

function group(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const grouped =
    whole.replace('-', '').length > 4 ? whole.replace(/\B(?=(\d{3})+(?!\d))/g, THIN_SPACE) : whole;
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

const minus = (text: string) => text.replace(/^-/, '−').replace('e-', 'e−');

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Decimal units, as disks and networks count. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 ? value : value.toPrecision(3)} ${BYTE_UNITS[unit]}`;
}

/** A setting as a person would write it: whole numbers whole, others with at most four significant digits, no trailing zeros; other values as JSON. */
export function formatSetting(value: unknown): string {
  if (value === undefined) return NOTHING;
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return JSON.stringify(value);
  const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(4));
  const size = Math.abs(rounded);
  if (size !== 0 && (size < 1e-3 || size >= 1e9)) return minus(shortExponent(rounded.toExponential()));
  return minus(group(String(rounded)));
}

/** `1 trial`, `12 trials`. */
export function countText(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}
