import { RanksweepError } from '../core/errors.js';
import { conditionSql, datasetExists } from './run-conditions.js';
import type { RunPathCompiler } from './run-path-sql.js';
import type { RunFilter } from './run-query.input.js';

/** Each may join a table, and SQLite joins 64 at most. */
const MAX_CONDITIONS = 50;
const MAX_DEPTH = 10;

/** How far one filter has been compiled: the conditions of all its branches count together. */
interface Budget {
  conditions: number;
}

/** Whether the filter asks for runs in the trash or for the others: an index of its own answers it. */
export function trashSql(filter: RunFilter): string {
  return `run.deletedAt IS ${filter.deleted ? 'NOT NULL' : 'NULL'}`;
}

/** The rest of a filter as SQL over the alias `run`, in brackets. @throws RanksweepError INVALID_INPUT naming the field */
export function filterSql(filter: RunFilter, compiler: RunPathCompiler, field = 'filter'): string {
  return branchSql(filter, compiler, field, 0, { conditions: 0 });
}

function branchSql(
  filter: RunFilter,
  compiler: RunPathCompiler,
  field: string,
  depth: number,
  budget: Budget,
): string {
  if (depth > MAX_DEPTH) throw invalid(field, `found more than ${MAX_DEPTH} filters within each other`);
  if (depth > 0 && filter.deleted)
    throw invalid(`${field}.deleted`, 'only the outermost filter can ask for the trash');
  const below = (part: RunFilter, name: string) =>
    branchSql(part, compiler, `${field}.${name}`, depth + 1, budget);
  const { and, or, not, where } = filter;
  const conditions = [
    ...ownConditions(filter, compiler, field),
    ...whereConditions(where ?? [], compiler, field, budget),
    ...(and ?? []).map((part, i) => below(part, `and[${i}]`)),
  ];
  if (or) conditions.push(or.map((part, i) => below(part, `or[${i}]`)).join(' OR ') || '1 = 0');
  // IS TRUE: what is unknown of a run does not hold, so that NOT of it does
  if (not) conditions.push(`NOT (${below(not, 'not')} IS TRUE)`);
  return conditions.length === 0 ? '(1 = 1)' : `(${conditions.map((one) => `(${one})`).join(' AND ')})`;
}

function ownConditions(filter: RunFilter, compiler: RunPathCompiler, field: string): string[] {
  const { project, sweepId, states, datasetHash, configHash, text, asOf, projectIds } = filter;
  const conditions: string[] = [];
  if (project) {
    const name = compiler.compile('project', `${field}.project`).text;
    const wanted = compiler.bind(project);
    conditions.push(`${name} = ${wanted} OR run.projectId = ${wanted}`);
  }
  if (projectIds)
    conditions.push(projectIds.length === 0 ? '1 = 0' : `run.projectId IN ${compiler.bind(projectIds)}`);
  if (sweepId) conditions.push(startsWith('run.sweepId', sweepId, compiler));
  if (states) conditions.push(states.length === 0 ? '1 = 0' : `run.state IN ${compiler.bind(states)}`);
  if (configHash) conditions.push(startsWith('run.configHash', configHash, compiler));
  if (datasetHash) {
    const hashes = ['read.datasetHash', 'read.contentHash'];
    const either = hashes.map((hash) => startsWith(hash, datasetHash, compiler)).join(' OR ');
    conditions.push(datasetExists(`(${either})`));
  }
  if (text) conditions.push(textSql(text, compiler));
  if (asOf) conditions.push(`run.endedAt <= ${compiler.bind(instant(asOf, `${field}.asOf`))}`);
  return conditions;
}

function whereConditions(
  where: NonNullable<RunFilter['where']>,
  compiler: RunPathCompiler,
  field: string,
  budget: Budget,
): string[] {
  budget.conditions += where.length;
  if (budget.conditions > MAX_CONDITIONS) {
    throw invalid(`${field}.where`, `found ${budget.conditions} conditions, allowed are ${MAX_CONDITIONS}`);
  }
  return where.map((condition, i) => conditionSql(condition, compiler, `${field}.where[${i}]`));
}

/** People abbreviate IDs and hashes; an index answers it like equality. */
function startsWith(column: string, prefix: string, compiler: RunPathCompiler): string {
  return `(${column} >= ${compiler.bind(prefix)} AND ${column} < ${compiler.bind(`${prefix}\u{10ffff}`)})`;
}

function textSql(text: string, compiler: RunPathCompiler): string {
  const { like } = compiler.dialect;
  const escaped = text.replace(/[\\%_]/g, '\\$&');
  return `${like('run.name', compiler.bind(`%${escaped}%`))} OR ${like('run.id', compiler.bind(`${escaped}%`))}`;
}

/** As the database has it: ISO 8601 in UTC with milliseconds. */
function instant(value: string, field: string): string {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw invalid(field, `found ${JSON.stringify(value)}, expected a time like 2026-11-24T20:00:00.000Z`);
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
