import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { BatchLoader, groupBy } from '../access/batch-loader.js';
import { anyFloat } from '../access/float-columns.js';
import { Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { metricToJson } from '../core/metric-value.js';
import { MetricMergeService } from './metric-merge.service.js';
import { exactPoints, pointsOrBuckets, type SeriesAnswer } from './metric-reader.js';
import { MetricSeries } from './metric-series.entity.js';
import { insertLog, type StepRange } from './metric-tables.js';
import { packBatch } from './point-batch.js';
import { checkBatch } from './point-check.js';
import { columnsOf, type PointBatch, type PointColumns } from './point-columns.js';
import { PointQueue } from './point-queue.js';
import type { PointInput } from './progress.input.js';
import type { Run } from './run.entity.js';
import { NO_BUCKETS, type Series } from './series.type.js';

const MAX_POINTS = 100_000;

type LastValue = Pick<MetricSeries, 'runId' | 'name' | 'last'>;
type StoredLastValue = Omit<LastValue, 'last'> & { last: number | null };

/**
 * The points of runs. Writing: `appendPoints`, or `append` as part of a larger transaction. Points are acknowledged when they are in
 * the log; whoever reads them here gets all that were acknowledged before.
 */
@Injectable()
export class MetricService {
  private readonly loader = new BatchLoader<MetricSeries[]>(
    (runIds) => this.loadMany(runIds),
    () => [],
  );
  private readonly lastValues = new BatchLoader<LastValue[]>(
    (runIds) => this.loadLastValues(runIds),
    () => [],
  );
  private readonly queue: PointQueue;

  constructor(
    private readonly store: Store,
    private readonly merger: MetricMergeService,
  ) {
    this.queue = new PointQueue(store);
  }

  /**
   * Stores points of a run (`columnsOf` makes columns of single points), in one transaction with those of other callers who come meanwhile. Resolves when they are on disk. Points that
   * the run has already (same metric, step, time and value) are stored once, so a delivery may be repeated.
   * @throws RanksweepError NOT_FOUND: no such run; CONFLICT: a worker's run without its lease; INVALID_INPUT: names, steps or times; TOO_LARGE
   */
  async appendPoints(runId: string, batch: PointBatch, leaseToken?: number): Promise<void> {
    checkBatch(batch);
    await this.queue.add(runId, batch, leaseToken);
    this.merger.nudge(batch.steps.length);
  }

  /** As appendPoints, within a transaction; the run is the caller's to check. */
  async append(tx: EntityManager, runId: string, points: PointInput[]): Promise<void> {
    const batch = columnsOf(points);
    checkBatch(batch);
    if (points.length > 0) await insertLog(tx, [{ runId, points: points.length, data: packBatch(batch) }]);
    this.merger.nudge(points.length);
  }

  /** All points that were acknowledged are in metric_series when this resolves: for questions that read the table themselves. */
  settle(): Promise<void> {
    return this.merger.settle();
  }

  /** As settle, for what a transaction reads, its own points included. */
  settleIn(tx: EntityManager): Promise<void> {
    return this.merger.settleIn(tx);
  }

  summaries(runId: string): Promise<MetricSeries[]> {
    return this.loader.load(runId);
  }

  async names(runId: string): Promise<string[]> {
    return (await this.lastValues.load(runId)).map(({ name }) => name);
  }

  /** What a table shows of a run: the last value of each metric, and the trainer's facts. */
  async summary(run: Run): Promise<{ metrics: Record<string, unknown>; facts: unknown }> {
    const values = await this.lastValues.load(run.id);
    const metrics: Record<string, unknown> = Object.create(null);
    for (const { name, last } of values) metrics[name] = metricToJson(last);
    return { metrics, facts: run.facts };
  }

  /** The named series (all, if none are named), each exact up to `maxPoints` points, else in at most that many buckets. */
  async series(
    runId: string,
    names: string[] | null | undefined,
    maxPoints: number,
    range?: StepRange,
  ): Promise<Series[]> {
    checkMaxPoints(maxPoints);
    const wanted =
      names === null || names === undefined ? await this.names(runId) : await this.named(runId, names);
    return Promise.all(wanted.map((name) => this.oneSeries(runId, name, maxPoints, range)));
  }

  /** Up to `most` points of a metric, or as many buckets; of a range of steps if one is given. Settle first. */
  seriesAnswer(runId: string, name: string, most: number, range?: StepRange): Promise<SeriesAnswer> {
    return pointsOrBuckets(this.store.read, runId, name, most, range);
  }

  /** The points of a range of steps. Settle first. */
  pointsBetween(runId: string, name: string, range: StepRange): Promise<PointColumns> {
    return exactPoints(this.store.read, runId, name, range);
  }

  /** Every point of a metric, by step, time and value, as a transaction sees it. */
  async points(tx: EntityManager, runId: string, name: string, range?: StepRange): Promise<PointColumns> {
    await this.settleIn(tx);
    return exactPoints(tx, runId, name, range);
  }

  /** Which of these metrics the run has: one with thousands is not read for the sake of a few. */
  private async named(runId: string, names: string[]): Promise<string[]> {
    await this.settle();
    const where = { runId, name: In(names) };
    const rows = await this.store.read.find(MetricSeries, {
      where,
      select: { name: true },
      order: { name: 'ASC' },
    });
    return rows.map(({ name }) => name);
  }

  private async oneSeries(
    runId: string,
    name: string,
    maxPoints: number,
    range?: StepRange,
  ): Promise<Series> {
    const answer = await this.seriesAnswer(runId, name, maxPoints, range);
    const { count, exact } = answer;
    if (exact) return { name, count, exact, ...answer.points, ...NO_BUCKETS };
    const { firstSteps: fromSteps, sums, ...buckets } = answer.buckets;
    const means = sums.map((sum, i) => sum / (buckets.counts[i]! - buckets.nanCounts[i]!));
    return { name, count, exact, ...buckets, fromSteps, means };
  }

  private async loadMany(runIds: string[]): Promise<Map<string, MetricSeries[]>> {
    await this.settle();
    const where = { runId: In(runIds) };
    const series = await this.store.read.find(MetricSeries, { where, order: { name: 'ASC' } });
    return groupBy(series, ({ runId }) => runId);
  }

  /** A table of a hundred runs has thousands of last values: as whole entities they would cost more than the question itself. */
  private async loadLastValues(runIds: string[]): Promise<Map<string, LastValue[]>> {
    await this.settle();
    const rows: StoredLastValue[] = await this.store.read
      .createQueryBuilder(MetricSeries, 'series')
      .select('series.runId', 'runId')
      .addSelect('series.name', 'name')
      .addSelect('series.last', 'last')
      .where('series.runId IN (:...runIds)', { runIds })
      .orderBy('series.runId')
      .addOrderBy('series.name')
      .getRawMany();
    return groupBy(rows.map(asLastValue), ({ runId }) => runId);
  }
}

/** In place: the rows are nobody else's, and thousands of copies would be half of what a table costs beside its SQL. */
function asLastValue(row: StoredLastValue): LastValue {
  row.last = anyFloat.from(row.last);
  return row as LastValue;
}

function checkMaxPoints(maxPoints: number): void {
  if (maxPoints >= 1 && maxPoints <= MAX_POINTS) return;
  const message = `found ${maxPoints}, allowed are 1 to ${MAX_POINTS}`;
  throw new RanksweepError('INVALID_INPUT', `maxPoints: ${message}`, [{ field: 'maxPoints', message }]);
}
