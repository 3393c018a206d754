import { decodeColumn, decodeInto, encodeColumn } from './column-codec.js';
import { packPyramid } from './metric-buckets.js';
import type { MetricChunk } from './metric-chunk.entity.js';
import type { MetricSeries } from './metric-series.entity.js';
import { emptyColumns, type PointColumns, sliceColumns } from './point-columns.js';
import { compareKeys, keyAt, type PointKey } from './point-order.js';

/** Points of a full chunk: about 40 kB. */
export const CHUNK_POINTS = 4096;
/** The tail's last chunk is rewritten with each merge until it has this many points: about 2.5 kB. */
export const OPEN_POINTS = 256;
/** Chunks with fewer points carry no buckets. */
export const BUCKETED_POINTS = 1024;

const NO_BYTES = Buffer.alloc(0);

/** A chunk of points that are in order. */
export function chunkOf({ runId, name }: MetricSeries, seq: number, points: PointColumns): MetricChunk {
  const count = points.steps.length;
  const [first, last] = [keyAt(points, 0), keyAt(points, count - 1)];
  const { min, max, sum, nanCount } = totalsOf(points.values);
  return {
    ...{ runId, name, seq, count, min, max, sum, nanCount },
    ...{ firstStep: first.step, firstTime: first.time, first: first.value },
    ...{ lastStep: last.step, lastTime: last.time, last: last.value },
    buckets: count < BUCKETED_POINTS ? NO_BYTES : packPyramid(points),
    steps: encodeColumn(points.steps),
    values: encodeColumn(points.values),
    times: encodeColumn(points.times),
  };
}

export function pointsOf({ count, steps, values, times }: MetricChunk): PointColumns {
  return {
    steps: decodeColumn(steps, count),
    values: decodeColumn(values, count),
    times: decodeColumn(times, count),
  };
}

/** The points of chunks that are sorted by their first points. */
export function pointsOfAll(chunks: readonly MetricChunk[]): PointColumns {
  const all = emptyColumns(chunks.reduce((sum, { count }) => sum + count, 0));
  let at = 0;
  for (const { count, steps, values, times } of chunks) {
    decodeInto(steps, all.steps, at, count);
    decodeInto(values, all.values, at, count);
    decodeInto(times, all.times, at, count);
    at += count;
  }
  return all;
}

export function firstKey({ firstStep, firstTime, first }: ChunkStart): PointKey {
  return { step: firstStep, time: firstTime, value: first };
}

export type ChunkStart = Pick<MetricChunk, 'firstStep' | 'firstTime' | 'first'>;

export function sortChunks<Chunk extends ChunkStart>(chunks: Chunk[]): Chunk[] {
  return chunks.sort((a, b) => compareKeys(firstKey(a), firstKey(b)));
}

/** Ordered points in pieces of nearly the same size, none larger than a full chunk. */
export function cutEvenly(points: PointColumns): PointColumns[] {
  const n = points.steps.length;
  const pieces = Math.ceil(n / CHUNK_POINTS);
  return Array.from({ length: pieces }, (_, i) =>
    sliceColumns(points, Math.floor((i * n) / pieces), Math.floor(((i + 1) * n) / pieces)),
  );
}

export function emptySeries(runId: string, name: string): MetricSeries {
  return {
    ...{ runId, name, count: 0, nanCount: 0, sum: 0 },
    ...{ last: Number.NaN, lastStep: 0, lastTime: 0, firstStep: 0 },
    ...{ min: null, max: null, finiteMin: null, finiteMax: null },
    ...{ nextSeq: 0, tailSeq: 0, tailPoints: 0, openPoints: 0 },
  };
}

export function lastKey({ lastStep, lastTime, last }: MetricSeries): PointKey {
  return { step: lastStep, time: lastTime, value: last };
}

/** Counts ordered points, none of which the series has, into its summary. */
export function extendSummary(series: MetricSeries, fresh: PointColumns): void {
  const n = fresh.steps.length;
  if (n === 0) return;
  const added = totalsOf(fresh.values);
  const last = keyAt(fresh, n - 1);
  const isFirst = series.count === 0;
  if (isFirst || compareKeys(last, lastKey(series)) > 0) {
    Object.assign(series, { last: last.value, lastStep: last.step, lastTime: last.time });
  }
  series.firstStep = isFirst ? fresh.steps[0]! : Math.min(series.firstStep, fresh.steps[0]!);
  series.count += n;
  series.nanCount += added.nanCount;
  series.sum += added.sum;
  series.min = lower(series.min, added.min);
  series.max = higher(series.max, added.max);
  series.finiteMin = lower(series.finiteMin, added.finiteMin);
  series.finiteMax = higher(series.finiteMax, added.finiteMax);
}

/** Sums and extremes; an extreme of no values is null. */
function totalsOf(values: Float64Array) {
  let [min, max, finiteMin, finiteMax] = [Infinity, -Infinity, Infinity, -Infinity];
  let [sum, nanCount] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) {
      nanCount++;
      continue;
    }
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
    if (value < finiteMin && value !== -Infinity) finiteMin = value;
    if (value > finiteMax && value !== Infinity) finiteMax = value;
  }
  const hasNumbers = nanCount < values.length;
  return {
    ...{ sum, nanCount, min: hasNumbers ? min : null, max: hasNumbers ? max : null },
    finiteMin: finiteMin === Infinity ? null : finiteMin,
    finiteMax: finiteMax === -Infinity ? null : finiteMax,
  };
}

function lower(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

function higher(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
