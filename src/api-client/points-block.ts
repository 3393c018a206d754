/** Points of one metric in columns of equal length; times in ms since the epoch. */
export interface MetricColumns {
  metric: string;
  steps: number[] | Float64Array;
  values: number[] | Float64Array;
  times: number[] | Float64Array;
}

export const POINTS_TYPE = 'application/vnd.ranksweep.points';
const VERSION = 1;

/** A block of points as POST /api/runs/ID/points takes it: every double keeps its bits, NaN, the infinities and -0 too. */
export function packPoints(series: readonly MetricColumns[]): Buffer {
  const names = series.map(({ metric }) => Buffer.from(metric));
  const head = Buffer.alloc(8);
  head.writeUInt8(VERSION, 0);
  head.writeUInt32LE(series.length, 4);
  const heads = series.flatMap(({ steps }, i) => {
    const counts = Buffer.alloc(6);
    counts.writeUInt32LE(steps.length, 0);
    counts.writeUInt16LE(names[i]!.length, 4);
    return [counts, names[i]!];
  });
  const length = heads.reduce((sum, part) => sum + part.length, head.length);
  const columns = (['steps', 'values', 'times'] as const).flatMap((key) =>
    series.map((one) => doubles(one[key])),
  );
  return Buffer.concat([head, ...heads, Buffer.alloc(-length & 7), ...columns]);
}

function doubles(numbers: number[] | Float64Array): Buffer {
  const bytes = Buffer.alloc(numbers.length * 8);
  for (let i = 0; i < numbers.length; i++) bytes.writeDoubleLE(numbers[i]!, i * 8);
  return bytes;
}

/** @throws Error if the bytes are no such block */
export function unpackPoints(block: Buffer): MetricColumns[] {
  if (block[0] !== VERSION) throw new Error('it does not begin like a block of points');
  const heads: { metric: string; count: number }[] = [];
  let at = 8;
  for (let left = block.readUInt32LE(4); left > 0; left--) {
    const end = at + 6 + block.readUInt16LE(at + 4);
    heads.push({ metric: block.toString('utf8', at + 6, end), count: block.readUInt32LE(at) });
    at = end;
  }
  at += -at & 7;
  const total = heads.reduce((sum, { count }) => sum + count, 0);
  if (block.length !== at + 24 * total)
    throw new Error(`it has ${block.length} bytes, its head announces ${at + 24 * total}`);
  const column = (index: number, from: number, count: number) =>
    Float64Array.from({ length: count }, (_, i) => block.readDoubleLE(at + 8 * (index * total + from + i)));
  let from = 0;
  return heads.map(({ metric, count }) => {
    const [steps, values, times] = [0, 1, 2].map((index) => column(index, from, count));
    from += count;
    return { metric, steps: steps!, values: values!, times: times! };
  });
}
