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
  if (op === 'eq') return equals(sql, value, compiler);
  if (op === 'ne') return `${sql.present} AND NOT (${equals(sql, value, compiler)})`;
  if (op === 'in')
    return (value as unknown[]).map((one) => equals(sql, one, compiler)).join(' OR ') || '1 = 0';
  if (op === 'contains') return contains(sql.value, value as string, compiler);
  return compares(sql, COMPARISONS[op]!, value as string | number, compiler);
}

/** NULL-safe: a metric that is NaN equals "NaN" only; null stands for "has no such value". */
function equals({ value, present, isMetric }: PathSql, wanted: unknown, compiler: RunPathCompiler): string {
  if (wanted === null) return `NOT (${present})`;
  const number = isMetric ? metricFromJson(wanted) : undefined;
  if (number !== undefined && Number.isNaN(number)) return `(${present} AND ${value} IS NULL)`;
  return `(${value} IS NOT NULL AND ${value} = ${compiler.bind(number ?? bindable(wanted))})`;
}

/**
 * Numbers are compared with numbers and text with text: SQLite would call any text larger than any number.
 * Only finite metrics compare: NaN and the infinities are never below or above anything.
 */
function compares(
  sql: PathSql,
  operator: string,
  wanted: string | number,
  compiler: RunPathCompiler,
): string {
  const types = typeof wanted === 'number' ? "('integer', 'real')" : "('text')";
  const limit = compiler.bind(wanted);
  const compared = `typeof(${sql.value}) IN ${types} AND ${sql.value} ${operator} ${limit}`;
  if (!sql.isMetric) return compared;
  return `${compared} AND abs(${sql.value}) <= ${compiler.bind(MAX_FINITE)}`;
}

function contains(value: string, wanted: string, compiler: RunPathCompiler): string {
  const pattern = `%${wanted.replace(/[\\%_]/g, '\\$&')}%`;
  return `${value} LIKE ${compiler.bind(pattern)} ESCAPE '\\'`;
}

function datasetSql({ op, value }: FieldCondition, compiler: RunPathCompiler, field: string): string {
  if (op === 'exists') return `${value === false ? 'NOT ' : ''}${datasetExists('1 = 1')}`;
  if (op !== 'eq' && op !== 'in')
    throw invalid(`${field}.op`, `found ${op}, a dataset can be asked for with eq, in or exists`);
  const hashes = compiler.bind((Array.isArray(value) ? value : [value]).map(String));
  return datasetExists(`(read.datasetHash IN ${hashes} OR read.contentHash IN ${hashes})`);
}

export function datasetExists(condition: string): string {
  return `EXISTS (SELECT 1 FROM run_dataset "read" WHERE "read"."runId" = run.id AND ${condition.replaceAll('read.', '"read".')})`;
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

/** SQLite's JSON functions give 1 and 0 for true and false. */
function bindable(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value;
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
