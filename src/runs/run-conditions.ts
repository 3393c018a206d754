import type { ConditionOp } from '../access/graphql-enums.js';
import { RanksweepError } from '../core/errors.js';
import { metricFromJson } from '../core/metric-value.js';
import { parseRunPath } from './run-path.js';
import { MAX_FINITE, type PathSql, type RunPathCompiler } from './run-path-sql.js';
import type { FieldCondition } from './run-query.input.js';

const COMPARISONS: Partial<Record<ConditionOp, string>> = { lt: '<', le: '<=', gt: '>', ge: '>=' };
const MAX_LIST = 1000;

/** One condition as SQL with bound values. @throws RanksweepError INVALID_INPUT */
export function conditionSql(condition: FieldCondition, compiler: RunPathCompiler, field: string): string {
  const { path, op, value } = condition;
  checkOperand(op, value, field);
  if (parseRunPath(path, `${field}.path`).kind === 'dataset') return datasetSql(condition, compiler, field);
  const sql = compiler.compile(path, `${field}.path`);
  if (op === 'exists') return value === false ? `NOT (${sql.present})` : sql.present;
  if (op === 'eq') return equalsAny(sql, [value], compiler);
  if (op === 'ne') return `${sql.present} AND NOT (${equalsAny(sql, [value], compiler)})`;
  if (op === 'in') return equalsAny(sql, value as unknown[], compiler);
  if (op === 'contains') return contains(sql.text, value as string, compiler);
  return compares(sql, COMPARISONS[op]!, value as string | number, compiler);
}

/**
 * Numbers equal numbers, texts texts, and booleans booleans. A metric that is NaN equals "NaN" only; null stands for "has no such value".
 * Never NULL itself, so that NOT and `ne` turn it round.
 */
function equalsAny(sql: PathSql, wanted: unknown[], compiler: RunPathCompiler): string {
  const values = wanted.map((value) => (sql.isMetric ? (metricFromJson(value) ?? value) : value));
  const numbers = values.filter((value): value is number => typeof value === 'number');
  const finite = numbers.filter(Number.isFinite);
  const alternatives = [
    isOneOf(sql.number, finite, compiler),
    ...numbers.filter((n) => Math.abs(n) === Infinity).map((n) => isOneOf(sql.number, [n], compiler)),
    numbers.some(Number.isNaN) && sql.isMetric && `(${sql.present} AND ${sql.number} IS NULL)`,
    isOneOf(
      sql.text,
      values.filter((value) => typeof value === 'string'),
      compiler,
    ),
    isOneOf(sql.other, values.filter((value) => typeof value === 'boolean').map(String), compiler),
    values.includes(null) && `NOT (${sql.present})`,
  ];
  const possible = alternatives.filter((one) => typeof one === 'string');
  return possible.length === 0 ? '1 = 0' : `(${possible.join(' OR ')})`;
}

function isOneOf(expression: string | null, values: unknown[], compiler: RunPathCompiler): string | false {
  if (expression === null || values.length === 0) return false;
  const test = values.length === 1 ? `= ${compiler.bind(values[0])}` : `IN ${compiler.bind(values)}`;
  return `(${expression} IS NOT NULL AND ${expression} ${test})`;
}

/**
 * Numbers are compared with numbers and text with text, and nothing else compares. Only finite metrics do: NaN and the infinities are
 * never below or above anything.
 */
function compares(
  { number, text, isMetric }: PathSql,
  operator: string,
  wanted: string | number,
  compiler: RunPathCompiler,
): string {
  const compared = typeof wanted === 'number' ? number : text;
  if (compared === null) return '1 = 0';
  const test = `${compared} IS NOT NULL AND ${compared} ${operator} ${compiler.bind(wanted)}`;
  return isMetric ? `${test} AND abs(${compared}) <= ${compiler.bind(MAX_FINITE)}` : test;
}

function contains(text: string | null, wanted: string, compiler: RunPathCompiler): string {
  if (text === null) return '1 = 0';
  const pattern = `%${wanted.replace(/[\\%_]/g, '\\$&')}%`;
  return `${text} IS NOT NULL AND ${compiler.dialect.like(text, compiler.bind(pattern))}`;
}

function datasetSql({ op, value }: FieldCondition, compiler: RunPathCompiler, field: string): string {
  if (op === 'exists') return `${value === false ? 'NOT ' : ''}${datasetExists('1 = 1')}`;
  if (op !== 'eq' && op !== 'in')
    throw invalid(`${field}.op`, `found ${op}, a dataset can be asked for with eq, in or exists`);
  const hashes = compiler.bind((Array.isArray(value) ? value : [value]).map(String));
  return datasetExists(`(read.datasetHash IN ${hashes} OR read.contentHash IN ${hashes})`);
}

export function datasetExists(condition: string): string {
  return `EXISTS (SELECT 1 FROM run_dataset "read" WHERE "read"."runId" = run.id AND ${condition.replace(/read\.(\w+)/g, '"read"."$1"')})`;
}

function checkOperand(op: ConditionOp, value: unknown, field: string): void {
  const found = `found ${JSON.stringify(value)?.slice(0, 100)}`;
  if (op === 'in') {
    if (!Array.isArray(value) || value.length > MAX_LIST || !value.every(isScalar)) {
      throw invalid(
        `${field}.value`,
        `${found}, \`in\` takes a list of up to ${MAX_LIST} strings, numbers or booleans`,
      );
    }
  } else if (op === 'contains' && typeof value !== 'string') {
    throw invalid(`${field}.value`, `${found}, \`contains\` takes a string`);
  } else if (op in COMPARISONS && typeof value !== 'string' && typeof value !== 'number') {
    throw invalid(`${field}.value`, `${found}, \`${op}\` takes a number or a string`);
  } else if (!isScalar(value ?? null)) {
    throw invalid(`${field}.value`, `${found}, expected a string, number or boolean`);
  }
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
