import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { BatchLoader, groupBy } from '../access/batch-loader.js';
import { Store } from '../access/store.js';
import { downsample } from '../analysis/downsample.js';
import { RanksweepError } from '../core/errors.js';
import { metricToJson } from '../core/metric-value.js';
import { MetricChunk } from './metric-chunk.entity.js';
import { CHUNK_POINTS, emptySeries, extendChunks, extendSeries, unpackFloats } from './metric-columns.js';
import { MetricSeries } from './metric-series.entity.js';
import type { PointInput } from './progress.input.js';
import type { Run } from './run.entity.js';
import type { Series } from './series.type.js';

const MAX_POINTS = 100_000;
/** rows of 12 columns per INSERT: well below SQLite's 32,766 bound values */
const ROWS_PER_INSERT = 500;

@Injectable()
export class MetricService {
  private readonly loader = new BatchLoader<MetricSeries[]>(
    (runIds) => this.loadMany(runIds),
    () => [],
  );

  constructor(private readonly store: Store) {}

  /** Adds points in their order to the columns of each metric. */
  async append(tx: EntityManager, runId: string, points: PointInput[]): Promise<void> {
    const byMetric = groupBy(points, ({ metric }) => metric);
    const known = await this.knownSeries(tx, runId, [...byMetric.keys()]);
    const open = await this.openChunks(tx, [...known.values()]);
    const series: MetricSeries[] = [];
    const chunks: MetricChunk[] = [];
    for (const [name, added] of byMetric) {
      const before = known.get(name) ?? emptySeries(runId, name);
      chunks.push(...extendChunks(before, open.get(name), added));
      series.push(extendSeries(before, added));
    }
    await this.save(tx, series, chunks);
  }

  summaries(runId: string): Promise<MetricSeries[]> {
    return this.loader.load(runId);
  }

  async names(runId: string): Promise<string[]> {
    return (await this.summaries(runId)).map(({ name }) => name);
  }

  /** What a table shows of a run: the last value of each metric, and the trainer's facts. */
  async summary(run: Run): Promise<{ metrics: Record<string, unknown>; facts: unknown }> {
    const series = await this.summaries(run.id);
    const metrics = Object.fromEntries(series.map(({ name, last }) => [name, metricToJson(last)]));
    return { metrics, facts: run.facts };
  }

  /** The named series (all, if none are named), each exact up to `maxPoints` points, else in at most that many buckets. */
  async series(runId: string, names: string[] | null | undefined, maxPoints: number): Promise<Series[]> {
    checkMaxPoints(maxPoints);
    const all = await this.summaries(runId);
    const wanted = all.filter(({ name }) => names === null || names === undefined || names.includes(name));
    return Promise.all(wanted.map((series) => this.oneSeries(series, maxPoints)));
  }

  /** Every point of a metric, in the order of arrival. */
  async points(manager: EntityManager, runId: string, name: string) {
    const chunks = await manager.find(MetricChunk, { where: { runId, name }, order: { seq: 'ASC' } });
    return {
      steps: unpackFloats(chunks.map(({ steps }) => steps)),
      values: unpackFloats(chunks.map(({ values }) => values)),
      times: unpackFloats(chunks.map(({ times }) => times)),
    };
  }

  private async oneSeries({ runId, name, count }: MetricSeries, maxPoints: number): Promise<Series> {
    const points = await this.points(this.store.read, runId, name);
    if (count <= maxPoints) return { name, count, exact: true, ...points, minimums: null, maximums: null };
    const { steps, values, times, minimums, maximums } = downsample(points, maxPoints);
    return { name, count, exact: false, steps, values, times, minimums, maximums };
  }

  private async knownSeries(tx: EntityManager, runId: string, names: string[]) {
    const rows = await tx.findBy(MetricSeries, { runId, name: In(names) });
    return new Map(rows.map((row) => [row.name, row]));
  }

  private async openChunks(tx: EntityManager, series: MetricSeries[]): Promise<Map<string, MetricChunk>> {
    const keys = series
      .filter(({ count }) => count % CHUNK_POINTS !== 0)
      .map(({ runId, name, count }) => ({ runId, name, seq: Math.floor(count / CHUNK_POINTS) }));
    if (keys.length === 0) return new Map();
    const chunks = await tx.find(MetricChunk, { where: keys });
    return new Map(chunks.map((chunk) => [chunk.name, chunk]));
  }

  private async save(tx: EntityManager, series: MetricSeries[], chunks: MetricChunk[]): Promise<void> {
    for (let at = 0; at < series.length; at += ROWS_PER_INSERT) {
      await tx.upsert(MetricSeries, series.slice(at, at + ROWS_PER_INSERT), ['runId', 'name']);
    }
    for (let at = 0; at < chunks.length; at += ROWS_PER_INSERT) {
      await tx.upsert(MetricChunk, chunks.slice(at, at + ROWS_PER_INSERT), ['runId', 'name', 'seq']);
    }
  }

  private async loadMany(runIds: string[]): Promise<Map<string, MetricSeries[]>> {
    const where = { runId: In(runIds) };
    const series = await this.store.read.find(MetricSeries, { where, order: { name: 'ASC' } });
    return groupBy(series, ({ runId }) => runId);
  }
}

function checkMaxPoints(maxPoints: number): void {
  if (maxPoints >= 1 && maxPoints <= MAX_POINTS) return;
  const message = `found ${maxPoints}, allowed are 1 to ${MAX_POINTS}`;
  throw new RanksweepError('INVALID_INPUT', `maxPoints: ${message}`, [{ field: 'maxPoints', message }]);
}
