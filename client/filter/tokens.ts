/** A piece of a filter query with its place in the text (0-based), for messages that point. */
export interface Token {
  kind: 'word' | 'text' | 'operator' | 'open' | 'close' | 'comma';
  text: string;
  at: number;
}

/** The query cannot be read; `at` is where in the text. */
export class QueryError extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
    this.name = 'QueryError';
  }
}

/** `in_domain/loss:min`, `metric.loss:max`: here the colon belongs to the name */
const SUMMARY_OF_METRIC =
  /(?:metric\.[^\s"'()=<>~:,!]+|[^\s"'()=<>~:,!]*\/[^\s"'()=<>~:,!]*):(?:min|max|count|nanCount|lastStep)(?=[\s=<>!~]|$)/y;

const PATTERNS: [Token['kind'] | 'space' | 'badText', RegExp][] = [
  ['space', /\s+/y],
  ['text', /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/y],
  ['badText', /["']/y],
  ['operator', /!=|<=|>=|==|[=<>~:]/y],
  ['open', /\(/y],
  ['close', /\)/y],
  ['comma', /,/y],
  ['word', SUMMARY_OF_METRIC],
  ['word', /[^\s"'()=<>~:,!]+|!/y],
];

/** @throws QueryError for a quote that never ends */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < query.length; ) {
    const { kind, match } = matchAt(query, at);
    if (kind === 'badText') throw new QueryError('this quote has no end', at);
    if (kind === 'text') tokens.push({ kind, text: unquote(match), at });
    else if (kind !== 'space') tokens.push({ kind, text: match, at });
    at += match.length;
  }
  return tokens;
}

function matchAt(query: string, at: number): { kind: Token['kind'] | 'space' | 'badText'; match: string } {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(query)?.[0];
    if (match) return { kind, match };
  }
  throw new QueryError(`"${query[at]}" means nothing here`, at);
}

const unquote = (quoted: string) => quoted.slice(1, -1).replace(/\\(.)/g, '$1');
