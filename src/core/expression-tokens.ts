/** A piece of a formula, with where it stands. */
export type Token = { source: string; from: number } & (
  | { kind: 'value'; value: unknown }
  | { kind: 'symbol'; text: string }
  | { kind: 'word'; text: string }
);

const SPACE = /\s+/y;
const NUMBER = /(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/y;
const TEXT = /"[^"]*"|'[^']*'/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*/y;
const SYMBOL = /==|!=|<=|>=|\*\*|[-+*/%^<>()[\],]/y;
const LONGEST = 1000;
const SYMBOL_WORDS = ['and', 'or', 'not', 'in'];
const LITERALS: Record<string, unknown> = { true: true, false: false, null: null };

/** @throws SyntaxError at a character that no formula has */
export function tokensOf(text: string): Token[] {
  if (text.length > LONGEST)
    throw new SyntaxError(`has ${text.length} characters, expected at most ${LONGEST}`);
  const tokens: Token[] = [];
  for (let from = 0; from < text.length; ) {
    const space = match(SPACE, text, from);
    if (space !== undefined) {
      from += space.length;
      continue;
    }
    const token = tokenAt(text, from);
    tokens.push(token);
    from += token.source.length;
  }
  return tokens;
}

function tokenAt(text: string, from: number): Token {
  const number = match(NUMBER, text, from);
  if (number !== undefined) return { kind: 'value', value: Number(number), source: number, from };
  const quoted = match(TEXT, text, from);
  if (quoted !== undefined) return { kind: 'value', value: quoted.slice(1, -1), source: quoted, from };
  const word = match(WORD, text, from);
  if (word !== undefined) return wordToken(word, from);
  const symbol = match(SYMBOL, text, from);
  if (symbol !== undefined)
    return { kind: 'symbol', text: symbol === '**' ? '^' : symbol, source: symbol, from };
  throw new SyntaxError(
    `found "${text[from]}" at character ${from + 1}, expected a number, a text, a name or an operator`,
  );
}

function wordToken(word: string, from: number): Token {
  if (Object.hasOwn(LITERALS, word)) return { kind: 'value', value: LITERALS[word], source: word, from };
  return { kind: SYMBOL_WORDS.includes(word) ? 'symbol' : 'word', text: word, source: word, from };
}

function match(pattern: RegExp, text: string, from: number): string | undefined {
  pattern.lastIndex = from;
  return pattern.exec(text)?.[0];
}
