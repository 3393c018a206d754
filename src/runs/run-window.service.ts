import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import { Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { MetricService } from './metric.service.js';
import { MetricSeries } from './metric-series.entity.js';
import { Run } from './run.entity.js';
import { filterSql, trashSql } from './run-filter-sql.js';
import { type MetricWindow, windowOf } from './run-path.js';
import { RunPathCompiler } from './run-path-sql.js';
import type { RunFilter } from './run-query.input.js';

type Values = Map<string, number>;
export type Windows = Map<string, Values>;

/** Each is bound to the statement that compares it, with its run: SQLite binds 32,766 at most. */
const MAX_VALUES = 10_000;
const RUNS_PER_TURN = 50;

/** Paths such as metric.loss:at(100): what is not in a run's summaries, and is read from its points. */
@Injectable()
export class RunWindowService {
  constructor(
    private readonly store: Store,
    private readonly metrics: MetricService,
  ) {}

  /**
   * The value of each window path among the paths, for every run that the rest of the filter lets through.
   * @throws RanksweepError TOO_LARGE when those are too many
   */
  async read(filter: RunFilter, paths: string[]): Promise<Windows> {
    const windows: Windows = new Map();
    let left = MAX_VALUES;
    for (const path of new Set([...pathsOf(filter), ...paths])) {
      const parsed = windowOf(path);
      if (parsed === null) continue;
      const runIds = await this.candidates(filter, parsed.name, left, path);
      left -= runIds.length;
      windows.set(path, await this.values(runIds, parsed.name, parsed.window));
    }
    return windows;
  }

  /** The value of each window path among the paths, for these runs. */
  async readOf(runIds: string[], paths: string[]): Promise<Windows> {
    const windows: Windows = new Map();
    for (const path of paths) {
      const parsed = windowOf(path);
      if (parsed !== null) windows.set(path, await this.values(runIds, parsed.name, parsed.window));
    }
    return windows;
  }

  private async candidates(filter: RunFilter, name: string, most: number, path: string): Promise<string[]> {
    const query = this.store.read.createQueryBuilder(Run, 'run');
    query.where(trashSql(filter)).andWhere(filterSql(withoutWindows(filter), new RunPathCompiler(query)));
    query.innerJoin(MetricSeries, 'w', 'w.runId = run.id AND w.name = :windowName', { windowName: name });
    const runIds = await idsOf(query, most + 1);
    if (runIds.length <= most) return runIds;
    const message = `${path} is read from the points of each run, of ${MAX_VALUES} runs at most: narrow the filter by project, sweep, state or config`;
    throw new RanksweepError('TOO_LARGE', message, [{ field: 'filter', message }]);
  }

  private async values(runIds: string[], name: string, { of, from, to }: MetricWindow): Promise<Values> {
    const values: Values = new Map();
    for (const [i, runId] of runIds.entries()) {
      const points = await this.metrics.pointsBetween(runId, name, { from, to });
      const value = of === 'at' ? points.values.at(-1) : meanOf(points.values);
      if (value !== undefined) values.set(runId, value);
      // SQLite answers without a pause: others get their turn here
      if (i % RUNS_PER_TURN === 0) await new Promise(setImmediate);
    }
    return values;
  }
}

async function idsOf(query: SelectQueryBuilder<Run>, most: number): Promise<string[]> {
  const rows: { id: string }[] = await query.select('run.id', 'id').limit(most).getRawMany();
  return rows.map(({ id }) => id);
}

/** Of the values that are not NaN; NaN if all are, undefined if there are none. */
function meanOf(values: Float64Array): number | undefined {
  if (values.length === 0) return undefined;
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

export function pathsOf({ where, and, or, not }: RunFilter): string[] {
  const parts = [...(and ?? []), ...(or ?? []), ...(not ? [not] : [])];
  return [...(where ?? []).map(({ path }) => path), ...parts.flatMap(pathsOf)];
}

/** What is left is no stricter: conditions on windows are taken out, and every OR and NOT that has one. */
function withoutWindows(filter: RunFilter): RunFilter {
  const hasWindow = (paths: string[]) => paths.some((path) => windowOf(path) !== null);
  const { where, and, or, not, ...own } = filter;
  return {
    ...own,
    where: where?.filter(({ path }) => !hasWindow([path])),
    and: and?.map(withoutWindows),
    or: or?.some((part) => hasWindow(pathsOf(part))) ? undefined : or,
    not: not && hasWindow(pathsOf(not)) ? undefined : not,
  };
}
