import { Injectable } from '@nestjs/common';
import { In, IsNull, type SelectQueryBuilder } from 'typeorm';
import { Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { MetricService } from './metric.service.js';
import { MetricSeries } from './metric-series.entity.js';
import { Run } from './run.entity.js';
import { RunFieldService } from './run-field.service.js';
import { filterSql } from './run-filter-sql.js';
import { afterSql, decodeCursor, encodeCursor, type SortKey, sortKeys } from './run-order.js';
import type { RunKeys, RunPage } from './run-page.type.js';
import { RunPathCompiler } from './run-path-sql.js';
import type { RunFilter, RunsArgs } from './run-query.input.js';

const MAX_PAGE = 1000;
/** runKeys looks at this many of the newest runs */
const KEYS_FROM = 1000;

/** A query of runs under way: further conditions and selections are added to it. */
export interface FilteredRuns {
  query: SelectQueryBuilder<Run>;
  compiler: RunPathCompiler;
}

@Injectable()
export class RunQueryService {
  constructor(
    private readonly store: Store,
    private readonly metrics: MetricService,
    private readonly fields: RunFieldService,
  ) {}

  /** One page in a total order. `next` continues behind its last row, whatever is added meanwhile. */
  async page(args: RunsArgs): Promise<RunPage> {
    const { rows, next } = await this.pageOfIds(args);
    const items = await this.inOrder(rows.map(({ id }) => id));
    return { items, countAll: () => this.total(args.filter), next };
  }

  async total(filter: RunFilter | null | undefined): Promise<number> {
    return (await this.filtered(filter)).query.getCount();
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

  /** The runs that a filter lets through, as a query with nothing selected yet. */
  async filtered(filter: RunFilter | null | undefined): Promise<FilteredRuns> {
    await Promise.all([this.fields.catchUp(), this.metrics.settle()]);
    const query = this.store.read.createQueryBuilder(Run, 'run');
    const compiler = new RunPathCompiler(query);
    query.where(filterSql(filter ?? {}, compiler));
    return { query, compiler };
  }

  private async pageOfIds({ filter, orderBy, first, after }: RunsArgs) {
    checkFirst(first);
    const { query, compiler } = await this.filtered(filter);
    const keys = sortKeys(orderBy, compiler);
    if (after) query.andWhere(afterSql(keys, decodeCursor(orderBy, keys, after), compiler));
    query.select('run.id', 'id');
    const found: Record<string, unknown>[] = await orderByKeys(query, keys)
      .limit(first + 1)
      .getRawMany();
    const last = found.length > first ? found[first - 1] : undefined;
    const values = keys.map((_, i) => last?.[`k${i}`]);
    const rows = found.slice(0, first) as { id: string }[];
    return { rows, next: last ? encodeCursor(orderBy, values) : null };
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
  if (first >= 1 && first <= MAX_PAGE) return;
  const message = `found ${first}, allowed are 1 to ${MAX_PAGE}`;
  throw new RanksweepError('INVALID_INPUT', `first: ${message}`, [{ field: 'first', message }]);
}
