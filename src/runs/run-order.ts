import { RanksweepError } from '../core/errors.js';
import { hashJson } from '../core/hash.js';
import { ALWAYS, MAX_FINITE, type PathSql, type RunPathCompiler } from './run-path-sql.js';
import type { OrderBy } from './run-query.input.js';

/** One sort key as SQL that is never NULL, so that the next page can be asked for by plain comparison. */
export interface SortKey {
  sql: string;
  direction: 'ASC' | 'DESC';
}

const NEWEST_FIRST: OrderBy[] = [{ path: 'startedAt', direction: 'desc' }];
const MAX_ORDERS = 8;

/** Each order becomes its class (a config: numbers, texts, others, absent; a metric: finite, infinite, NaN, absent; always in this order), then its value; the ID makes it total. */
export function sortKeys(orderBy: OrderBy[] | null | undefined, compiler: RunPathCompiler): SortKey[] {
  const orders = orderBy?.length ? orderBy : NEWEST_FIRST;
  if (orders.length > MAX_ORDERS)
    throw invalid('orderBy', `found ${orders.length} orders, allowed are ${MAX_ORDERS}`);
  const keys = orders.flatMap(({ path, direction }, i) =>
    keysOf(compiler.compile(path, `orderBy[${i}].path`), direction === 'desc' ? 'DESC' : 'ASC', compiler),
  );
  return [...keys, { sql: 'run.id', direction: 'ASC' }];
}

function keysOf(sql: PathSql, direction: SortKey['direction'], compiler: RunPathCompiler): SortKey[] {
  if (sql.isMetric) return metricKeys(sql, direction, compiler);
  const { number, text, other, present } = sql;
  // bare, so that an index in this order serves
  if (present === ALWAYS) return [{ sql: text!, direction }];
  const texts = [text, other].filter((one) => one !== null);
  const ranks = [
    number && `WHEN ${number} IS NOT NULL THEN 0`,
    text && `WHEN ${text} IS NOT NULL THEN 1`,
    `WHEN ${present} THEN 2`,
  ];
  return [
    { sql: `CASE ${ranks.filter(Boolean).join(' ')} ELSE 3 END`, direction: 'ASC' },
    ...(number === null ? [] : [{ sql: `COALESCE(${number}, 0)`, direction }]),
    ...(texts.length === 0 ? [] : [{ sql: `COALESCE(${texts.join(', ')}, '')`, direction }]),
  ];
}

function metricKeys(
  { number, present }: PathSql,
  direction: SortKey['direction'],
  compiler: RunPathCompiler,
): SortKey[] {
  const finiteTest = `abs(${number}) <= ${compiler.bind(MAX_FINITE)}`;
  const rank = `CASE WHEN NOT (${present}) THEN 3 WHEN ${number} IS NULL THEN 2 WHEN ${finiteTest} THEN 0 ELSE 1 END`;
  const finite = `CASE WHEN ${finiteTest} THEN ${number} WHEN ${number} > 0 THEN 1 WHEN ${number} < 0 THEN -1 ELSE 0 END`;
  return [
    { sql: rank, direction: 'ASC' },
    { sql: finite, direction },
  ];
}

/** The condition that a row comes after the one with these key values: (a, b, c) > (x, y, z), each in its direction. */
export function afterSql(keys: SortKey[], values: unknown[], compiler: RunPathCompiler): string {
  return keys.reduceRight((rest, { sql, direction }, i) => {
    const value = compiler.bind(values[i]);
    const beyond = `${sql} ${direction === 'ASC' ? '>' : '<'} ${value}`;
    return rest === '' ? beyond : `(${beyond} OR (${sql} = ${value} AND ${rest}))`;
  }, '');
}

/** Opaque to clients: the order that it belongs to, and the last row's key values. */
export function encodeCursor(orderBy: OrderBy[] | null | undefined, values: unknown[]): string {
  return Buffer.from(JSON.stringify([signature(orderBy), ...values])).toString('base64url');
}

/** @throws RanksweepError INVALID_INPUT if it is no cursor of this order */
export function decodeCursor(
  orderBy: OrderBy[] | null | undefined,
  keys: SortKey[],
  cursor: string,
): unknown[] {
  const values = valuesOfCursor(orderBy, cursor);
  if (values.length === keys.length) return values;
  throw notACursor();
}

/** @throws RanksweepError INVALID_INPUT if it belongs to another order, or is no cursor at all */
export function valuesOfCursor(orderBy: OrderBy[] | null | undefined, cursor: string): unknown[] {
  const [order, ...values] = parseCursor(cursor);
  const isScalar = (value: unknown) => typeof value === 'string' || typeof value === 'number';
  if (order === signature(orderBy) && values.every(isScalar)) return values;
  throw notACursor();
}

function notACursor(): RanksweepError {
  return invalid('after', 'found something else than the `next` of a page in the same order');
}

function parseCursor(cursor: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function signature(orderBy: OrderBy[] | null | undefined): string {
  return hashJson((orderBy ?? []).map(({ path, direction }) => [path, direction])).slice(0, 12);
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
