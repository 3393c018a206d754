import { endianness } from 'node:os';

/** Points as columns of equal length. Steps and times (ms since the epoch) are finite; values are any doubles. */
export interface PointColumns {
  steps: Float64Array;
  values: Float64Array;
  times: Float64Array;
}

/**
 * Points of several metrics of one run: the first counts[0] points are those of names[0], and so on. One set of columns for all, because
 * a thousand metrics at one step are as common as a thousand steps of one metric.
 */
export interface PointBatch extends PointColumns {
  names: string[];
  counts: Uint32Array;
}

/** What a point is when it is written singly. */
export interface Point {
  metric: string;
  step: number;
  value: number;
  time: number;
}

export function emptyColumns(length: number): PointColumns {
  return {
    steps: new Float64Array(length),
    values: new Float64Array(length),
    times: new Float64Array(length),
  };
}

/** Points one by one as columns of each metric, in the order in which they come. */
export function columnsOf(points: readonly Point[]): PointBatch {
  const places = new Map<string, number>();
  const placeOf = Uint32Array.from(points, ({ metric }) => place(places, metric));
  const counts = new Uint32Array(places.size);
  for (const at of placeOf) counts[at]!++;
  const columns = emptyColumns(points.length);
  const next = startsOf(counts);
  for (const [i, { step, value, time }] of points.entries()) {
    const at = next[placeOf[i]!]!++;
    columns.steps[at] = step;
    columns.values[at] = value;
    columns.times[at] = time;
  }
  return { names: [...places.keys()], counts, ...columns };
}

/** The number of a name, a new one if it is new. */
function place(places: Map<string, number>, name: string): number {
  const known = places.get(name);
  if (known !== undefined) return known;
  places.set(name, places.size);
  return places.size - 1;
}

function startsOf(counts: Uint32Array): Uint32Array {
  const starts = new Uint32Array(counts.length);
  for (let i = 1; i < counts.length; i++) starts[i] = starts[i - 1]! + counts[i - 1]!;
  return starts;
}

/** The points of several batches by metric, in their order. */
export function joinBatches(batches: readonly PointBatch[]): PointBatch {
  if (batches.length === 1 && new Set(batches[0]!.names).size === batches[0]!.names.length)
    return batches[0]!;
  const places = new Map<string, number>();
  const placesOf = batches.map(({ names }) => names.map((name) => place(places, name)));
  const counts = new Uint32Array(places.size);
  for (const [b, batch] of batches.entries()) {
    for (const [i, at] of placesOf[b]!.entries()) counts[at]! += batch.counts[i]!;
  }
  const all = emptyColumns(batches.reduce((sum, { steps }) => sum + steps.length, 0));
  const next = startsOf(counts);
  for (const [b, batch] of batches.entries()) copyBatch(batch, placesOf[b]!, all, next);
  return { names: [...places.keys()], counts, ...all };
}

function copyBatch(batch: PointBatch, places: number[], into: PointColumns, next: Uint32Array): void {
  let from = 0;
  for (const [i, at] of places.entries()) {
    for (const to = from + batch.counts[i]!; from < to; from++) {
      copyPoint(batch, from, into, next[at]!++);
    }
  }
}

export function copyPoint(from: PointColumns, i: number, to: PointColumns, j: number): void {
  to.steps[j] = from.steps[i]!;
  to.values[j] = from.values[i]!;
  to.times[j] = from.times[i]!;
}

/** The metrics of a batch that have points, each with its own. */
export function partsOf(batch: PointBatch): { name: string; points: PointColumns }[] {
  const starts = startsOf(batch.counts);
  const parts = batch.names.map((name, i) => {
    const points = sliceColumns(batch, starts[i]!, starts[i]! + batch.counts[i]!);
    return { name, points };
  });
  return parts.filter(({ points }) => points.steps.length > 0);
}

/** The columns one after the other. */
export function concatColumns(parts: readonly PointColumns[]): PointColumns {
  if (parts.length === 1) return parts[0]!;
  const all = emptyColumns(parts.reduce((sum, { steps }) => sum + steps.length, 0));
  let at = 0;
  for (const { steps, values, times } of parts) {
    all.steps.set(steps, at);
    all.values.set(values, at);
    all.times.set(times, at);
    at += steps.length;
  }
  return all;
}

export function sliceColumns({ steps, values, times }: PointColumns, from: number, to: number): PointColumns {
  return {
    steps: steps.subarray(from, to),
    values: values.subarray(from, to),
    times: times.subarray(from, to),
  };
}

const isLittleEndian = endianness() === 'LE';

/** Float64 in little-endian order, whatever the machine's: NaN, the infinities and -0 keep their bits. */
export function floatBytes(floats: Float64Array): Buffer {
  const bytes = Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);
  return isLittleEndian ? bytes : Buffer.from(bytes).swap64();
}

/** The doubles in bytes: the same memory where it is possible. */
export function bytesToFloats(bytes: Uint8Array): Float64Array {
  if (isLittleEndian && bytes.byteOffset % 8 === 0) {
    return new Float64Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / 8);
  }
  const floats = new Float64Array(bytes.length / 8);
  copyFloats(bytes, floats, 0);
  return floats;
}

/** Writes the doubles in bytes to `into`, from `at` on. */
export function copyFloats(bytes: Uint8Array, into: Float64Array, at: number): void {
  const target = Buffer.from(into.buffer, into.byteOffset + 8 * at, bytes.length);
  target.set(bytes);
  if (!isLittleEndian) target.swap64();
}
