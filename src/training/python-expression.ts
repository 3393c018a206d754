/** Flags that may stand at the beginning of an expression, and what they are here; u is how Python is anyway. */
const FLAGS: Record<string, string> = { i: 'i', s: 's', m: 'm', u: '' };

/**
 * A regular expression of Python's `re`, as far as the two languages differ in what PEFT's configs use: named groups, \A, \Z and flags in
 * front.
 * @throws SyntaxError for what has no counterpart
 */
export function pythonExpression(text: string): RegExp {
  const [, letters = ''] = /^\(\?([a-zA-Z]+)\)/.exec(text) ?? [];
  const unknown = [...letters].filter((letter) => !Object.hasOwn(FLAGS, letter));
  if (unknown.length > 0) throw new SyntaxError(`unknown flag ${unknown.join('')}`);
  const body = text
    .slice(letters === '' ? 0 : letters.length + 3)
    .replaceAll('(?P<', '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\\([AZ\\])/g, (whole, letter: string) => ({ A: '^', Z: '$' })[letter] ?? whole);
  return new RegExp(body, [...letters].map((letter) => FLAGS[letter]).join(''));
}

/** re.fullmatch */
export function matchesWhole(text: string, value: string): boolean {
  const { source, flags } = pythonExpression(text);
  return new RegExp(`^(?:${source})$`, flags).test(value);
}
