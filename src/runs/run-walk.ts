import type { EntityManager } from 'typeorm';
import { MetricSeries } from './metric-series.entity.js';
import { parseRunPath, windowOf } from './run-path.js';
import { MAX_FINITE, type RunPathCompiler } from './run-path-sql.js';
import type { OrderBy, RunFilter } from './run-query.input.js';
import { pathsOf } from './run-window.service.js';

/**
 * A page in the order of a metric needs few of the runs that have it: those at the best end. They lie together in the metric's index, so
 * the page is looked for among the first few thousand of them, and among all runs only when they are not enough.
 */
export interface Walk {
  name: string;
  part: (typeof INDEXED)[number];
  isAscending: boolean;
  /** where the page before ended */
  from: number | undefined;
}

/** the columns of metric_series that have an index */
const INDEXED = ['last', 'finiteMin', 'finiteMax'] as const;

/** @param after the cursor's key values: the first is the class of the value, 0 for a finite one @returns null: nothing to walk along */
export function walkOf(orderBy: OrderBy[] | null | undefined, after: unknown[] | null): Walk | null {
  const [first] = orderBy ?? [];
  const parsed = first && parseRunPath(first.path, 'orderBy[0].path');
  if (parsed?.kind !== 'metric' || (after !== null && after[0] !== 0)) return null;
  const part = INDEXED.find((one) => one === parsed.part);
  if (part === undefined) return null;
  const from = after === null ? undefined : (after[1] as number);
  return { name: parsed.name, part, isAscending: first!.direction !== 'desc', from };
}

/** Filters that let few runs through, each with an index of its own: they are the better start. So are windows, which have been read. */
export function isNarrow(filter: RunFilter | null | undefined): boolean {
  if (!filter) return false;
  return (
    Boolean(filter.sweepId || filter.configHash || filter.datasetHash) ||
    pathsOf(filter).some((path) => windowOf(path) !== null)
  );
}

/** The value that comes `rows` places further on, or undefined if the metric has no so many finite values. */
export async function edgeOf(manager: EntityManager, walk: Walk, rows: number): Promise<number | undefined> {
  const { name, part, isAscending } = walk;
  const [low, high] = limits(walk);
  const row: { edge: number } | undefined = await manager
    .createQueryBuilder(MetricSeries, 'm')
    .select(`m.${part}`, 'edge')
    .where(`m.name = :name AND m.${part} >= :low AND m.${part} <= :high`, { name, low, high })
    .orderBy(`m.${part}`, isAscending ? 'ASC' : 'DESC')
    .limit(1)
    .offset(rows)
    .getRawOne();
  return row?.edge;
}

/** The indexed column itself. */
export function walkColumn({ name, part }: Walk, compiler: RunPathCompiler): string {
  return `${compiler.metricAlias(name)}.${part}`;
}

/** The runs before the edge. The edge itself is left out: others may share its value. */
export function walkSql(walk: Walk, edge: number, compiler: RunPathCompiler): string {
  const value = walkColumn(walk, compiler);
  const [low, high] = limits(walk).map((limit) => compiler.bind(limit));
  const before = `${value} ${walk.isAscending ? '<' : '>'} ${compiler.bind(edge)}`;
  return `${value} >= ${low} AND ${value} <= ${high} AND ${before}`;
}

function limits({ isAscending, from }: Walk): [number, number] {
  if (from === undefined) return [-MAX_FINITE, MAX_FINITE];
  return isAscending ? [from, MAX_FINITE] : [-MAX_FINITE, from];
}
