import { Injectable } from '@nestjs/common';
import { In, IsNull, type SelectQueryBuilder } from 'typeorm';
import { Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { MetricService } from './metric.service.js';
import { MetricSeries } from './metric-series.entity.js';
import { Run } from './run.entity.js';
import { RunFieldService } from './run-field.service.js';
import { filterSql, trashSql } from './run-filter-sql.js';
import { afterSql, decodeCursor, encodeCursor, type SortKey, sortKeys, valuesOfCursor } from './run-order.js';
import type { RunKeys, RunPage } from './run-page.type.js';
import { RunPathCompiler } from './run-path-sql.js';
import type { RunFilter, RunsArgs } from './run-query.input.js';
import { edgeOf, isNarrow, type Walk, walkColumn, walkOf, walkSql } from './run-walk.js';
import { RunWindowService } from './run-window.service.js';

const MAX_PAGE = 1000;
/** runKeys looks at this many of the newest runs */
const KEYS_FROM = 1000;

interface SortedRow {
  id: string;
  keys: unknown[];
}

/** A query of runs under way: further conditions and selections are added to it. */
export interface FilteredRuns {
  query: SelectQueryBuilder<Run>;
  compiler: RunPathCompiler;
}

@Injectable()
export class RunQueryService {
  /** So many runs are looked at from the near end of a metric's index before all are. A test that has few runs makes them fewer. */
  static walks = [2000, 16_000];

  constructor(
    private readonly store: Store,
    private readonly metrics: MetricService,
    private readonly fields: RunFieldService,
    private readonly windows: RunWindowService,
  ) {}

  /** One page in a total order. `next` continues behind its last row, whatever is added meanwhile. */
  async page(args: RunsArgs): Promise<RunPage> {
    const { ids, next } = await this.pageOfIds(args);
    const items = await this.inOrder(ids);
    return { items, countAll: () => this.total(args.filter), next };
  }

  async total(filter: RunFilter | null | undefined): Promise<number> {
    const { query } = await this.filtered(filter);
    const row: { count: number } | undefined = await query.select('COUNT(*)', 'count').getRawOne();
    return row!.count;
  }

  /** Of all runs that the filter lets through, in their own order. */
  async ids(filter: RunFilter | null | undefined): Promise<string[]> {
    const { query } = await this.filtered(filter);
    const rows: { id: string }[] = await query.select('run.id', 'id').orderBy('run.id').getRawMany();
    return rows.map(({ id }) => id);
  }

  /** What columns a table of these runs could have. */
  async keys(filter: RunFilter | undefined): Promise<RunKeys> {
    const { query } = await this.filtered(filter);
    const newest = query.orderBy('run.startedAt', 'DESC').limit(KEYS_FROM);
    const runs = await newest.select(['run.id', 'run.config']).getMany();
    const paths = new Set<string>();
    for (const { config } of runs) collectPaths(config, '', paths);
    return { configPaths: [...paths].sort(), metricNames: await this.metricNames(runs.map(({ id }) => id)) };
  }

  countInProject(projectId: string): Promise<number> {
    return this.store.read.countBy(Run, { projectId, deletedAt: IsNull() });
  }

  /** The runs that a filter lets through, as a query with nothing selected yet. @param paths that will be compiled besides the filter's @param mustLead the filter is a test of rows that other conditions lead to */
  async filtered(
    filter: RunFilter | null | undefined,
    paths: string[] = [],
    mustLead = false,
  ): Promise<FilteredRuns> {
    await Promise.all([this.fields.catchUp(), this.metrics.settle()]);
    const windows = await this.windows.read(filter ?? {}, paths);
    const query = this.store.read.createQueryBuilder(Run, 'run');
    const compiler = new RunPathCompiler(query, windows);
    const sql = filterSql(filter ?? {}, compiler);
    query.where(trashSql(filter ?? {})).andWhere(mustLead ? asLastTest(sql) : sql);
    return { query, compiler };
  }

  /** These runs, as a query with nothing selected yet. */
  async among(ids: string[], paths: string[]): Promise<FilteredRuns> {
    const windows = await this.windows.readOf(ids, paths);
    const query = this.store.read.createQueryBuilder(Run, 'run');
    const compiler = new RunPathCompiler(query, windows);
    query.where(`run.id IN ${compiler.bind(ids)}`);
    return { query, compiler };
  }

  private async pageOfIds(args: RunsArgs): Promise<{ ids: string[]; next: string | null }> {
    checkFirst(args.first);
    const rows = (await this.rowsByWalk(args)) ?? (await this.rows(args));
    const ids = rows.slice(0, args.first).map(({ id }) => id);
    const last = rows.length > args.first ? rows[args.first - 1] : undefined;
    return { ids, next: last ? encodeCursor(args.orderBy, last.keys) : null };
  }

  /** The page from the near end of a metric's index, or null if it has to be looked for among all runs. */
  private async rowsByWalk(args: RunsArgs): Promise<SortedRow[] | null> {
    const walk = walkOf(args.orderBy, args.after ? valuesOfCursor(args.orderBy, args.after) : null);
    if (walk === null || isNarrow(args.filter)) return null;
    for (const steps of RunQueryService.walks) {
      const edge = await edgeOf(this.store.read, walk, steps);
      if (edge === undefined) return null;
      const rows = await this.rows(args, { walk, edge });
      if (rows.length > args.first) return rows;
      if (rows.length < args.first / 8) return null;
    }
    return null;
  }

  /** One more than the page has, with their sort keys. */
  private async rows(
    { filter, orderBy, first, after }: RunsArgs,
    along?: { walk: Walk; edge: number },
  ): Promise<SortedRow[]> {
    const paths = (orderBy ?? []).map(({ path }) => path);
    const { query, compiler } = await this.filtered(filter, paths, along !== undefined);
    const keys = sortKeys(orderBy, compiler);
    if (after) query.andWhere(asLastTest(afterSql(keys, decodeCursor(orderBy, keys, after), compiler)));
    if (along) query.andWhere(walkSql(along.walk, along.edge, compiler));
    query.select('run.id', 'id').limit(first + 1);
    // in brackets, or TypeORM would take a bare column for the entity's own and rename it
    for (const [i, { sql }] of keys.entries()) query.addSelect(`(${sql})`, `k${i}`);
    orderByKeys(query, keys, along && walkColumn(along.walk, compiler));
    const found: Record<string, unknown>[] = await query.getRawMany();
    return found.map((row) => ({ id: row.id as string, keys: keys.map((_, i) => row[`k${i}`]) }));
  }

  /** Wide rows are read only for the page itself. */
  private async inOrder(ids: string[]): Promise<Run[]> {
    const runs = await this.store.read.findBy(Run, { id: In(ids) });
    const byId = new Map(runs.map((run) => [run.id, run]));
    return ids.flatMap((id) => byId.get(id) ?? []);
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

/**
 * Without statistics SQLite takes every value of a config or metric for rare and would start at any of them. Behind IS TRUE it cannot see
 * that a row without the value is not wanted, so the table stays an outer join, read for each row of the tables before it.
 */
function asLastTest(condition: string): string {
  return `(${condition}) IS TRUE`;
}

/** @param column what the first two keys come to along a walk: in the index's own order the database stops when it has the page */
function orderByKeys(query: SelectQueryBuilder<Run>, keys: SortKey[], column?: string): void {
  if (column !== undefined) query.addOrderBy(column, keys[1]!.direction);
  for (const [i, { direction }] of keys.entries()) {
    if (column === undefined || i > 1) query.addOrderBy(`k${i}`, direction);
  }
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
  if (first >= 1 && first <= MAX_PAGE) return;
  const message = `found ${first}, allowed are 1 to ${MAX_PAGE}`;
  throw new RanksweepError('INVALID_INPUT', `first: ${message}`, [{ field: 'first', message }]);
}
