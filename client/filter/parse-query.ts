import { RUN_STATES } from '../../src/core/states.js';
import type { ConditionOp, FieldCondition, RunFilter, RunState } from '../api/operations.generated.js';
import { QueryError, type Token, tokenize } from './tokens.js';

const OPERATORS: Record<string, ConditionOp> = {
  '=': 'eq',
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  '~': 'contains',
};
const FIELDS = new Set([
  ...['id', 'name', 'project', 'state', 'dataset', 'sweep', 'trialNumber', 'worker', 'reproduces'],
  ...['startedAt', 'endedAt', 'configHash', 'error', 'stopReason'],
]);
const PREFIXES = /^(config|metric|provenance|facts)\./;
const UNKNOWN_WORDS = new Set(['or', 'not', '!']);

/**
 * The text of the filter bar as a filter of the API. Conditions stand side by side or with `and` between them:
 *
 *   lora.rank = 8 and in_domain/loss < 3.8 state:finished optimizer.learningRate in (0.001, 0.01) has:lora.dropout era
 *
 * A name with a slash is a metric's last value, other names are paths in the config; `config.`, `metric.` and `provenance.` say it outright.
 * `key:value` narrows by state, project, sweep, dataset or name; words without an operator search in names.
 * @throws QueryError, with the place in the text
 */
export function parseQuery(query: string): RunFilter {
  const reader = new Reader(tokenize(query));
  const filter: RunFilter = {};
  const words: string[] = [];
  while (!reader.isDone) readClause(reader, filter, words);
  if (words.length > 0) filter.text = words.join(' ');
  return filter;
}

class Reader {
  private next = 0;
  constructor(private readonly tokens: Token[]) {}

  get isDone(): boolean {
    return this.next >= this.tokens.length;
  }

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.next + ahead];
  }

  take(expected: string): Token {
    const token = this.tokens[this.next++];
    if (token) return token;
    const last = this.tokens[this.tokens.length - 1];
    throw new QueryError(`${expected} is missing at the end`, last ? last.at + last.text.length : 0);
  }
}

function readClause(reader: Reader, filter: RunFilter, words: string[]): void {
  const first = reader.take('a condition');
  const isPlainWord = first.kind === 'word' && reader.peek()?.kind !== 'operator';
  if (isPlainWord && /^and$/i.test(first.text)) return;
  if (isPlainWord && UNKNOWN_WORDS.has(first.text.toLowerCase())) {
    throw new QueryError(
      `"${first.text}" is not understood: every condition must hold; use != or in (a, b)`,
      first.at,
    );
  }
  if (first.kind !== 'word' && first.kind !== 'text') {
    throw new QueryError(`found "${first.text}" where a name should be`, first.at);
  }
  if (reader.peek()?.kind === 'operator') readComparison(first, reader, filter);
  else if (first.kind === 'word' && isIn(reader)) addCondition(filter, first.text, 'in', readList(reader));
  else words.push(first.text);
}

function isIn(reader: Reader): boolean {
  return reader.peek()?.text.toLowerCase() === 'in' && reader.peek(1)?.kind === 'open';
}

function readList(reader: Reader): unknown[] {
  reader.take('in');
  reader.take('(');
  const values: unknown[] = [];
  for (;;) {
    const token = reader.take('")"');
    if (token.kind === 'close') return values;
    if (token.kind !== 'comma') values.push(literal(token));
  }
}

function readComparison(name: Token, reader: Reader, filter: RunFilter): void {
  const operator = reader.take('an operator');
  const value = reader.take('a value');
  if (value.kind !== 'word' && value.kind !== 'text') {
    throw new QueryError(`found "${value.text}" where a value should be`, value.at);
  }
  if (operator.text === ':') narrow(filter, name, [value, ...moreValues(reader)]);
  else addCondition(filter, name.text, OPERATORS[operator.text]!, literal(value));
}

/** The rest of `state:finished,stopped`. */
function moreValues(reader: Reader): Token[] {
  const values: Token[] = [];
  while (reader.peek()?.kind === 'comma') {
    reader.take(',');
    values.push(reader.take('a value'));
  }
  return values;
}

function narrow(filter: RunFilter, { text: key, at }: Token, values: Token[]): void {
  const first = values[0]!.text;
  if (key === 'state') filter.states = values.map(runStateOf);
  else if (key === 'project') filter.project = first;
  else if (key === 'sweep') filter.sweepId = first;
  else if (key === 'dataset') filter.datasetHash = first;
  else if (key === 'name') addCondition(filter, 'name', 'contains', first);
  else if (key === 'has') addCondition(filter, first, 'exists', true);
  else throw new QueryError(`"${key}:" is not known: state, project, sweep, dataset, name or has`, at);
}

function runStateOf({ text, at }: Token): RunState {
  if ((RUN_STATES as readonly string[]).includes(text)) return text as RunState;
  throw new QueryError(`no state "${text}": ${RUN_STATES.join(', ')}`, at);
}

function addCondition(filter: RunFilter, name: string, op: ConditionOp, value: unknown): void {
  const condition: FieldCondition = { path: pathOf(name), op, value };
  filter.where = [...((filter.where as FieldCondition[] | undefined) ?? []), condition];
}

/** The API's path of a name: `lora.rank` → `config.lora.rank`, `in_domain/loss` → `metric.in_domain/loss`. */
export function pathOf(name: string): string {
  if (PREFIXES.test(name) || FIELDS.has(name)) return name;
  return name.includes('/') ? `metric.${name}` : `config.${name}`;
}

function literal({ kind, text }: Token): unknown {
  if (kind === 'text') return text;
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  const number = Number(text);
  return text !== '' && !Number.isNaN(number) ? number : text;
}

/** A condition as a person would type it: `project:era`, `project:"era transfer"`. */
export function conditionText(key: string, value: string): string {
  return `${key}:${/^[\w.-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`;
}
