import { endianness } from 'node:os';

/** Points of one metric as columns of equal length. Steps and times (ms since the epoch) are finite; values are any doubles. */
export interface PointColumns {
  steps: Float64Array;
  values: Float64Array;
  times: Float64Array;
}

/** Points of one metric of a run. */
export interface NamedPoints extends PointColumns {
  name: string;
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
export function columnsOf(points: readonly Point[]): NamedPoints[] {
  const lengths = new Map<string, number>();
  for (const { metric } of points) lengths.set(metric, (lengths.get(metric) ?? 0) + 1);
  const series = new Map<string, NamedPoints & { used: number }>();
  for (const [name, length] of lengths) series.set(name, { name, used: 0, ...emptyColumns(length) });
  for (const { metric, step, value, time } of points) {
    const columns = series.get(metric)!;
    const at = columns.used++;
    columns.steps[at] = step;
    columns.values[at] = value;
    columns.times[at] = time;
  }
  return [...series.values()];
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

/** Float64 in little-endian order, whatever the machine's: NaN, the infinities and -0 keep their bits. */
export function floatBytes(floats: Float64Array): Buffer {
  const bytes = Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);
  return endianness() === 'BE' ? Buffer.from(bytes).swap64() : bytes;
}

export function bytesToFloats(bytes: Uint8Array): Float64Array {
  const floats = new Float64Array(bytes.length / 8);
  const copy = Buffer.from(floats.buffer);
  copy.set(bytes);
  if (endianness() === 'BE') copy.swap64();
  return floats;
}
