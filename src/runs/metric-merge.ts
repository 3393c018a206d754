import type { EntityManager } from 'typeorm';
import { groupBy } from '../access/batch-loader.js';
import type { MetricChunk } from './metric-chunk.entity.js';
import {
  CHUNK_POINTS,
  chunkOf,
  cutEvenly,
  emptySeries,
  extendSummary,
  firstKey,
  lastKey,
  OPEN_POINTS,
  pointsOf,
  pointsOfAll,
  sortChunks,
} from './metric-chunks.js';
import type { MetricSeries } from './metric-series.entity.js';
import {
  type ChunkHeader,
  chunkAt,
  chunksFrom,
  deleteChunks,
  deleteLog,
  firstOfLog,
  readHeaders,
  saveChunks,
  saveSeries,
  seriesOf,
} from './metric-tables.js';
import { unpackBatch } from './point-batch.js';
import {
  concatColumns,
  joinBatches,
  type PointBatch,
  type PointColumns,
  partsOf,
  sliceColumns,
} from './point-columns.js';
import { compareKeys, countBefore, inOrder, keyAt, mergeOrdered, type PointKey } from './point-order.js';

/** What merging wants to write. */
interface Changes {
  written: MetricChunk[];
  removed: Pick<MetricChunk, 'runId' | 'name' | 'seq'>[];
}

/**
 * Moves points from the log into their series, about `mostPoints` of them. A point that its series has already (same step, time and
 * value) is dropped: so a batch delivered twice is stored once.
 * @returns how many writes' points they were
 */
export async function mergeLog(tx: EntityManager, mostPoints: number): Promise<number> {
  const rows = await firstOfLog(tx, mostPoints);
  if (rows.length === 0) return 0;
  for (const [runId, batches] of groupBy(rows, (row) => row.runId)) {
    await mergeRun(tx, runId, joinBatches(batches.map(({ data }) => unpackBatch(data))));
  }
  await deleteLog(tx, rows);
  return rows.length;
}

/** Adds points to the series of one run. */
async function mergeRun(tx: EntityManager, runId: string, added: PointBatch): Promise<void> {
  const known = new Map((await seriesOf(tx, runId, added.names)).map((series) => [series.name, series]));
  const parts = partsOf(added).map(({ name, points }) => {
    const series = known.get(name) ?? emptySeries(runId, name);
    return { series, points: inOrder(points) };
  });
  const ends = groupBy(await chunksFrom(tx, runId, parts.flatMap(wantedEnd)), ({ name }) => name);
  const changes: Changes = { written: [], removed: [] };
  for (const { series, points } of parts) {
    await extendSeries(tx, series, ends.get(series.name) ?? [], points, changes);
  }
  await deleteChunks(tx, changes.removed);
  await saveChunks(tx, changes.written);
  await saveSeries(
    tx,
    parts.map(({ series }) => series),
  );
}

interface Part {
  series: MetricSeries;
  points: PointColumns;
}

/** Whether the points come after all others and leave the tail smaller than a chunk: then only the open chunk is needed. */
function isPlainAppend({ series, points }: Part): boolean {
  const fits = series.tailPoints + points.steps.length < CHUNK_POINTS;
  return fits && (series.count === 0 || compareKeys(keyAt(points, 0), lastKey(series)) > 0);
}

function isOpen({ openPoints }: MetricSeries): boolean {
  return openPoints > 0 && openPoints < OPEN_POINTS;
}

/** From which chunk on a series' end must be read before points are added. */
function wantedEnd(part: Part): { name: string; seq: number }[] {
  const { name, nextSeq, tailSeq, tailPoints } = part.series;
  if (isPlainAppend(part)) return isOpen(part.series) ? [{ name, seq: nextSeq - 1 }] : [];
  return tailPoints > 0 ? [{ name, seq: tailSeq }] : [];
}

async function extendSeries(
  tx: EntityManager,
  series: MetricSeries,
  end: MetricChunk[],
  points: PointColumns,
  changes: Changes,
): Promise<void> {
  if (isPlainAppend({ series, points })) return append(series, end, points, changes);
  const tail = pointsOfAll(end);
  const late = series.count > series.tailPoints ? countLate(series, tail, points) : 0;
  if (late > 0) await insertLate(tx, series, sliceColumns(points, 0, late), changes);
  rewriteTail(series, end, tail, sliceColumns(points, late, points.steps.length), changes);
}

function append(series: MetricSeries, end: MetricChunk[], points: PointColumns, changes: Changes): void {
  const open = isOpen(series) ? end.at(-1)! : undefined;
  const all = open === undefined ? points : concatColumns([pointsOf(open), points]);
  const seq = open === undefined ? series.nextSeq++ : open.seq;
  if (series.tailPoints === 0) series.tailSeq = seq;
  series.tailPoints += points.steps.length;
  series.openPoints = all.steps.length;
  changes.written.push(chunkOf(series, seq, all));
  extendSummary(series, points);
}

/** How many points belong before the tail. */
function countLate(series: MetricSeries, tail: PointColumns, points: PointColumns): number {
  if (tail.steps.length > 0) return countBefore(points, keyAt(tail, 0));
  const end = lastKey(series);
  const before = countBefore(points, end);
  const isRepeated = before < points.steps.length && compareKeys(keyAt(points, before), end) === 0;
  return before + Number(isRepeated);
}

/** Joins the tail and new points, and closes chunks that are full. */
function rewriteTail(
  series: MetricSeries,
  end: MetricChunk[],
  tail: PointColumns,
  points: PointColumns,
  changes: Changes,
): void {
  const { all, fresh } = mergeOrdered(tail, points);
  const full = Math.floor(all.steps.length / CHUNK_POINTS);
  changes.removed.push(...end);
  for (let i = 0; i < full; i++) {
    const piece = sliceColumns(all, i * CHUNK_POINTS, (i + 1) * CHUNK_POINTS);
    changes.written.push(chunkOf(series, series.nextSeq++, piece));
  }
  const rest = sliceColumns(all, full * CHUNK_POINTS, all.steps.length);
  series.tailSeq = series.nextSeq;
  series.tailPoints = rest.steps.length;
  series.openPoints = rest.steps.length;
  if (rest.steps.length > 0) changes.written.push(chunkOf(series, series.nextSeq++, rest));
  extendSummary(series, fresh);
}

/** Puts points among those of full chunks: each into the last chunk that begins before it. */
async function insertLate(
  tx: EntityManager,
  series: MetricSeries,
  points: PointColumns,
  changes: Changes,
): Promise<void> {
  const closed = (await readHeaders(tx, series.runId, series.name)).filter(({ seq }) => seq < series.tailSeq);
  for (const { header, part } of byChunk(sortChunks(closed), points)) {
    const { all, fresh } = mergeOrdered(pointsOf(await chunkAt(tx, header)), part);
    extendSummary(series, fresh);
    if (fresh.steps.length > 0) replaceChunk(series, header.seq, all, changes);
  }
}

function replaceChunk(series: MetricSeries, seq: number, points: PointColumns, changes: Changes): void {
  const [first, ...others] = cutEvenly(points);
  changes.written.push(chunkOf(series, seq, first!));
  for (const piece of others) changes.written.push(chunkOf(series, series.nextSeq++, piece));
}

function byChunk(headers: ChunkHeader[], points: PointColumns) {
  const parts: { header: ChunkHeader; part: PointColumns }[] = [];
  let from = 0;
  for (const [i, header] of headers.entries()) {
    const next: PointKey | undefined = headers[i + 1] && firstKey(headers[i + 1]!);
    const to = next === undefined ? points.steps.length : countBefore(points, next);
    if (to > from) parts.push({ header, part: sliceColumns(points, from, to) });
    from = Math.max(from, to);
  }
  return parts;
}
