import { endianness } from 'node:os';
import type { MetricChunk } from './metric-chunk.entity.js';
import type { MetricSeries } from './metric-series.entity.js';

/** Points per chunk: 24 kB of columns, and one header per thousand points for a zoomed-out chart. */
export const CHUNK_POINTS = 1000;

export interface Point {
  step: number;
  value: number;
  time: number;
}

/** Packs numbers as little-endian Float64, whatever the machine's order: NaN and infinities keep their bits. */
export function packFloats(numbers: readonly number[]): Buffer {
  const buffer = Buffer.allocUnsafe(8 * numbers.length);
  for (let i = 0; i < numbers.length; i++) buffer.writeDoubleLE(numbers[i]!, 8 * i);
  return buffer;
}

/** The numbers of several columns, one after the other. */
export function unpackFloats(columns: readonly Buffer[]): Float64Array {
  const bytes = Buffer.concat(columns);
  if (endianness() === 'BE') bytes.swap64();
  const floats = new Float64Array(bytes.length / 8);
  new Uint8Array(floats.buffer).set(bytes);
  return floats;
}

/** The series with these points added, in their order. */
export function extendSeries(series: MetricSeries, points: Point[]): MetricSeries {
  const last = points.at(-1)!;
  return {
    ...series,
    ...extremes(series, points),
    count: series.count + points.length,
    last: last.value,
    lastStep: last.step,
  };
}

export function emptySeries(runId: string, name: string): MetricSeries {
  return { runId, name, count: 0, last: Number.NaN, lastStep: 0, min: null, max: null, nanCount: 0 };
}

/** The chunks that change when points are added: `last` (if it has room) made longer, then new ones. */
export function extendChunks(
  series: MetricSeries,
  last: MetricChunk | undefined,
  points: Point[],
): MetricChunk[] {
  const chunks: MetricChunk[] = [];
  let open = last ?? emptyChunk(series, Math.floor(series.count / CHUNK_POINTS));
  for (let at = 0; at < points.length; ) {
    const room = CHUNK_POINTS - open.count;
    chunks.push(extendChunk(open, points.slice(at, at + room)));
    at += room;
    open = emptyChunk(series, open.seq + 1);
  }
  return chunks;
}

function extendChunk(chunk: MetricChunk, points: Point[]): MetricChunk {
  return {
    ...chunk,
    ...extremes(chunk, points),
    count: chunk.count + points.length,
    firstStep: chunk.count === 0 ? points[0]!.step : chunk.firstStep,
    lastStep: points.at(-1)!.step,
    steps: Buffer.concat([chunk.steps, packFloats(points.map(({ step }) => step))]),
    values: Buffer.concat([chunk.values, packFloats(points.map(({ value }) => value))]),
    times: Buffer.concat([chunk.times, packFloats(points.map(({ time }) => time))]),
  };
}

function emptyChunk({ runId, name }: MetricSeries, seq: number): MetricChunk {
  const none = Buffer.alloc(0);
  const header = { count: 0, firstStep: 0, lastStep: 0, min: null, max: null, nanCount: 0 };
  return { runId, name, seq, ...header, steps: none, values: none, times: none };
}

function extremes(before: { min: number | null; max: number | null; nanCount: number }, points: Point[]) {
  let { min, max, nanCount } = before;
  for (const { value } of points) {
    if (Number.isNaN(value)) nanCount++;
    else {
      min = min === null ? value : Math.min(min, value);
      max = max === null ? value : Math.max(max, value);
    }
  }
  return { min, max, nanCount };
}
