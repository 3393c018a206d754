import { Injectable } from '@nestjs/common';
import { IsNull, type SelectQueryBuilder } from 'typeorm';
import { Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { MetricSeries } from './metric-series.entity.js';
import { Run } from './run.entity.js';
import { conditionSql, datasetExists } from './run-conditions.js';
import { afterSql, decodeCursor, encodeCursor, type SortKey, sortKeys } from './run-order.js';
import type { RunKeys, RunPage } from './run-page.type.js';
import { RunPathCompiler } from './run-path-sql.js';
import type { RunFilter, RunsArgs } from './run-query.input.js';

const MAX_PAGE = 1000;
const MAX_CONDITIONS = 50;
/** runKeys looks at this many of the newest runs */
const KEYS_FROM = 1000;

@Injectable()
export class RunQueryService {
  constructor(private readonly store: Store) {}

  /** One page in a total order. `next` continues behind its last row, whatever is added meanwhile. */
  async page({ filter, orderBy, first, after }: RunsArgs): Promise<RunPage> {
    checkFirst(first);
    const { query, compiler } = this.filtered(filter);
    const total = await query.clone().getCount();
    const keys = sortKeys(orderBy, compiler);
    if (after) query.andWhere(afterSql(keys, decodeCursor(orderBy, keys, after), compiler));
    orderByKeys(query, keys).limit(first + 1);
    const { entities, raw } = await query.getRawAndEntities();
    const last = entities.length > first ? raw[first - 1] : undefined;
    const next =
      last &&
      encodeCursor(
        orderBy,
        keys.map((_, i) => last[`k${i}`]),
      );
    return { items: entities.slice(0, first), total, next: next ?? null };
  }

  /** What columns a table of these runs could have. */
  async keys(filter: RunFilter | undefined): Promise<RunKeys> {
    const { query } = this.filtered(filter);
    const newest = query.orderBy('run.startedAt', 'DESC').limit(KEYS_FROM);
    const runs = await newest.select(['run.id', 'run.config']).getMany();
    const paths = new Set<string>();
    for (const { config } of runs) collectPaths(config, '', paths);
    return { configPaths: [...paths].sort(), metricNames: await this.metricNames(runs.map(({ id }) => id)) };
  }

  countInProject(projectId: string): Promise<number> {
    return this.store.read.countBy(Run, { projectId, deletedAt: IsNull() });
  }

  private filtered(filter: RunFilter | null | undefined) {
    const query = this.store.read.createQueryBuilder(Run, 'run');
    const compiler = new RunPathCompiler(query);
    for (const condition of filterConditions(filter ?? {}, compiler)) query.andWhere(`(${condition})`);
    return { query, compiler };
  }

  private async metricNames(runIds: string[]): Promise<string[]> {
    if (runIds.length === 0) return [];
    const rows: { name: string }[] = await this.store.read
      .createQueryBuilder(MetricSeries, 'series')
      .select('DISTINCT series.name', 'name')
      .where('series.runId IN (:...runIds)', { runIds })
      .orderBy('series.name')
      .getRawMany();
    return rows.map(({ name }) => name);
  }
}

function filterConditions(filter: RunFilter, compiler: RunPathCompiler): string[] {
  const { project, sweepId, states, datasetHash, configHash, text, where = [] } = filter;
  const conditions = [`run.deletedAt IS ${filter.deleted ? 'NOT NULL' : 'NULL'}`];
  if (project) {
    const name = compiler.compile('project', 'filter.project').value;
    const wanted = compiler.bind(project);
    conditions.push(`${name} = ${wanted} OR run.projectId = ${wanted}`);
  }
  if (sweepId) conditions.push(startsWith('run.sweepId', sweepId, compiler));
  if (states) conditions.push(states.length === 0 ? '1 = 0' : `run.state IN ${compiler.bind(states)}`);
  if (configHash) conditions.push(startsWith('run.configHash', configHash, compiler));
  if (datasetHash) {
    const hashes = ['read.datasetHash', 'read.contentHash'];
    const either = hashes.map((hash) => startsWith(hash, datasetHash, compiler)).join(' OR ');
    conditions.push(datasetExists(`(${either})`));
  }
  if (text) conditions.push(textSql(text, compiler));
  return [...conditions, ...whereConditions(where ?? [], compiler)];
}

function whereConditions(where: NonNullable<RunFilter['where']>, compiler: RunPathCompiler): string[] {
  if (where.length > MAX_CONDITIONS) {
    throw invalid('filter.where', `found ${where.length} conditions, allowed are ${MAX_CONDITIONS}`);
  }
  return where.map((condition, i) => conditionSql(condition, compiler, `filter.where[${i}]`));
}

/** People abbreviate IDs and hashes; an index answers it like equality. */
function startsWith(column: string, prefix: string, compiler: RunPathCompiler): string {
  return `(${column} >= ${compiler.bind(prefix)} AND ${column} < ${compiler.bind(`${prefix}\u{10ffff}`)})`;
}

function textSql(text: string, compiler: RunPathCompiler): string {
  const escaped = text.replace(/[\\%_]/g, '\\$&');
  const inName = `run.name LIKE ${compiler.bind(`%${escaped}%`)} ESCAPE '\\'`;
  return `${inName} OR run.id LIKE ${compiler.bind(`${escaped}%`)} ESCAPE '\\'`;
}

function orderByKeys(query: SelectQueryBuilder<Run>, keys: SortKey[]): SelectQueryBuilder<Run> {
  keys.forEach(({ sql, direction }, i) => {
    // in brackets, or TypeORM would take a bare column for the entity's own and rename it
    query.addSelect(`(${sql})`, `k${i}`).addOrderBy(`k${i}`, direction);
  });
  return query;
}

/** Lists and values are leaves; maps are walked. */
function collectPaths(value: unknown, prefix: string, into: Set<string>): void {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap) {
    if (prefix !== '') into.add(prefix);
    return;
  }
  for (const [key, below] of Object.entries(value)) {
    collectPaths(below, prefix === '' ? key : `${prefix}.${key}`, into);
  }
}

function checkFirst(first: number): void {
  if (first < 1 || first > MAX_PAGE) throw invalid('first', `found ${first}, allowed are 1 to ${MAX_PAGE}`);
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
