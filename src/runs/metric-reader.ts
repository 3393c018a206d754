import type { EntityManager } from 'typeorm';
import {
  type Buckets,
  bucketsOf,
  coarsen,
  downsample,
  emptyBuckets,
  sliceBuckets,
} from '../analysis/downsample.js';
import { bucketCount, copyBuckets, LEVELS, type Level, unpackLevel } from './metric-buckets.js';
import { pointsOf, pointsOfAll, sortChunks } from './metric-chunks.js';
import { type BucketedChunk, chunkAt, readBuckets, readPoints, type StepRange } from './metric-tables.js';
import { emptyColumns, type PointColumns, sliceColumns } from './point-columns.js';

/** The points of one metric, by step, time and value: every one, or buckets of neighbours. */
export type SeriesAnswer =
  | { exact: true; count: number; points: PointColumns }
  | { exact: false; count: number; buckets: Buckets };

/** Every point of a metric, of the range of steps if one is given. */
export async function exactPoints(
  manager: EntityManager,
  runId: string,
  name: string,
  range?: StepRange,
): Promise<PointColumns> {
  const chunks = sortChunks(await readPoints(manager, runId, name, range));
  if (chunks.length === 0) return emptyColumns(0);
  return cutToRange(pointsOfAll(chunks), range);
}

/**
 * At most `most` points, exactly if there are no more, else as buckets. Where there are enough buckets in the chunks, no point is read
 * but those of chunks that lie across the ends of the range.
 */
export async function pointsOrBuckets(
  manager: EntityManager,
  runId: string,
  name: string,
  most: number,
  range?: StepRange,
): Promise<SeriesAnswer> {
  const chunks = sortChunks(await readBuckets(manager, runId, name, range));
  const atMost = chunks.reduce((sum, { count }) => sum + count, 0);
  const level = LEVELS.find((points) => atMost >= most * points);
  if (level === undefined) return fromPoints(manager, runId, name, most, range);
  const fine = await readLevel(manager, chunks, level, range);
  if (fine.counts.length < most) return fromPoints(manager, runId, name, most, range);
  const count = fine.counts.reduce((a, b) => a + b, 0);
  return { exact: false, count, buckets: coarsen(fine, most) };
}

async function fromPoints(
  manager: EntityManager,
  runId: string,
  name: string,
  most: number,
  range?: StepRange,
): Promise<SeriesAnswer> {
  const points = await exactPoints(manager, runId, name, range);
  const count = points.steps.length;
  if (count <= most) return { exact: true, count, points };
  return { exact: false, count, buckets: downsample(points, most) };
}

/** The buckets of chunks that are in order; of those across the ends of the range, the points within it. */
async function readLevel(
  manager: EntityManager,
  chunks: BucketedChunk[],
  level: Level,
  range?: StepRange,
): Promise<Buckets> {
  const all = emptyBuckets(chunks.reduce((sum, { count }) => sum + bucketCount(count, level), 0));
  let at = 0;
  for (const chunk of chunks) {
    const isWhole = range === undefined || (chunk.firstStep >= range.from && chunk.lastStep <= range.to);
    if (isWhole && chunk.buckets.length > 0) at = unpackLevel(chunk.buckets, level, chunk.count, all, at);
    else {
      const points = cutToRange(pointsOf(await chunkAt(manager, chunk)), range);
      at = copyBuckets(bucketsOf(points, level), all, at);
    }
  }
  return sliceBuckets(all, 0, at);
}

function cutToRange(points: PointColumns, range?: StepRange): PointColumns {
  if (range === undefined) return points;
  return sliceColumns(points, lowerBound(points.steps, range.from), upperBound(points.steps, range.to));
}

function lowerBound(sorted: Float64Array, wanted: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function upperBound(sorted: Float64Array, wanted: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
