import { invalidParameter } from '../protocol/mlflow-error.js';

export type Token =
  | { kind: 'identifier'; text: string; entity: string | null; key: string }
  | { kind: 'number'; text: string }
  | { kind: 'string'; text: string; value: string }
  | { kind: 'operator' | 'punctuation'; text: string }
  | { kind: 'word'; text: string; word: string };

/** what is quoted may hold anything but its quote; MLflow knows no escape */
const QUOTED = /'[^']*'|"[^"]*"/y;
const BARE = /[^\s=<>!(),;'"`]+/.source;
const IDENTIFIER = new RegExp(`(?:${BARE}|\`[^\`]*\`)(?:\\.?(?:\`[^\`]*\`|"[^"]*"|${BARE}))*`, 'y');
const OPERATOR = />=|<=|!=|<>|=|<|>/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const KEYWORDS = new Set(['AND', 'OR', 'IN', 'NOT', 'IS', 'NULL', 'LIKE', 'ILIKE', 'ASC', 'DESC']);
const MAX_LENGTH = 20_000;

/** The words of a filter or of an order. @throws MlflowError */
export function tokensOf(text: string): Token[] {
  if (text.length > MAX_LENGTH) {
    throw invalidParameter(`Filter has ${text.length} characters, at most ${MAX_LENGTH} are allowed`);
  }
  const tokens: Token[] = [];
  for (let at = skipSpace(text, 0); at < text.length; ) {
    const token = tokenAt(text, at);
    if (token === null) throw invalidParameter(`Error on parsing filter '${text.slice(0, 200)}'`);
    tokens.push(token);
    at = skipSpace(text, at + token.text.length);
  }
  return tokens;
}

function tokenAt(text: string, at: number): Token | null {
  const character = text[at]!;
  if ('(),;'.includes(character)) return { kind: 'punctuation', text: character };
  const operator = match(OPERATOR, text, at);
  if (operator !== null) return { kind: 'operator', text: operator };
  if (character === "'" || character === '"') {
    const string = match(QUOTED, text, at);
    return string === null ? null : { kind: 'string', text: string, value: string.slice(1, -1) };
  }
  const word = match(IDENTIFIER, text, at);
  return word === null ? null : wordToken(word);
}

function wordToken(text: string): Token {
  if (NUMBER.test(text)) return { kind: 'number', text };
  const word = text.toUpperCase();
  if (KEYWORDS.has(word)) return { kind: 'word', text, word };
  const dot = text.indexOf('.');
  if (dot < 0 || text.startsWith('`')) {
    const [entity, key] = splitQuoted(text);
    return { kind: 'identifier', text, entity, key };
  }
  return { kind: 'identifier', text, entity: text.slice(0, dot), key: unquoted(text.slice(dot + 1)) };
}

/** `metrics`.x and `run name`: the entity itself may stand in backquotes. */
function splitQuoted(text: string): [string | null, string] {
  const end = text.indexOf('`', 1);
  if (!text.startsWith('`') || text[end + 1] !== '.') return [null, unquoted(text)];
  return [text.slice(1, end), unquoted(text.slice(end + 2))];
}

function unquoted(key: string): string {
  const quote = key[0];
  const isQuoted = key.length >= 2 && (quote === '`' || quote === '"') && key.endsWith(quote);
  return isQuoted ? key.slice(1, -1) : key;
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function skipSpace(text: string, at: number): number {
  let end = at;
  while (end < text.length && /\s/.test(text[end]!)) end++;
  return end;
}
