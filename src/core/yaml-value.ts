/** How values are shown in messages: short, one line, strings in quotes. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || value === null) return String(value);
  return shortened(JSON.stringify(value));
}

function shortened(text: string): string {
  return text.length <= 48 ? text : `${text.slice(0, 45)}…`;
}

/** What to write instead of a text that looks like a number, or undefined: `1e-4` in quotes, `1_000`. */
export function numberMeantBy(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim().replaceAll('_', '');
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const [mantissa, exponent] = text.toLowerCase().split('e') as [string, string | undefined];
  if (exponent === undefined) return mantissa;
  const point = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return `${point}e${/^[+-]/.test(exponent) ? exponent : `+${exponent}`}`;
}

/** `found "1e-4", expected a number: write 1.0e-4 without quotes` */
export function mismatch(value: unknown, expected: string): string {
  const meant = /number/.test(expected) ? numberMeantBy(value) : undefined;
  return `found ${show(value)}, expected ${expected}${meant === undefined ? '' : `: write ${meant} without quotes`}`;
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
