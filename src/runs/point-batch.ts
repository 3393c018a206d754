import { RanksweepError } from '../core/errors.js';
import { bytesToFloats, concatColumns, floatBytes, type NamedPoints } from './point-columns.js';

/**
 * Points of several metrics in one block of bytes: as they wait in metric_log, and as programs may send them. All little-endian:
 *
 *     u8 1 (version), u8 0, u16 0, u32 m
 *     m times: u32 n (points), u16 k, k bytes (the metric's name in UTF-8)
 *     zeros up to a multiple of 8
 *     m times: n Float64 steps, n Float64 values, n Float64 times (ms since the epoch)
 */
const VERSION = 1;
const HEAD_BYTES = 8;
const SERIES_HEAD_BYTES = 6;
const POINT_BYTES = 24;

export function packBatch(series: readonly NamedPoints[]): Buffer {
  const names = series.map(({ name }) => Buffer.from(name));
  const headBytes = HEAD_BYTES + names.reduce((sum, { length }) => sum + SERIES_HEAD_BYTES + length, 0);
  const head = Buffer.alloc(Math.ceil(headBytes / 8) * 8);
  head.writeUInt8(VERSION, 0);
  head.writeUInt32LE(series.length, 4);
  let at = HEAD_BYTES;
  for (const [i, name] of names.entries()) {
    at = head.writeUInt32LE(series[i]!.steps.length, at);
    at = head.writeUInt16LE(name.length, at);
    at += name.copy(head, at);
  }
  const columns = series.flatMap(({ steps, values, times }) => [steps, values, times].map(floatBytes));
  return Buffer.concat([head, ...columns]);
}

/** @throws RanksweepError INVALID_INPUT if the bytes are no such block, or one that ends too early */
export function unpackBatch(bytes: Buffer): NamedPoints[] {
  const { heads, end } = readHeads(bytes);
  const expected = end + POINT_BYTES * heads.reduce((sum, { count }) => sum + count, 0);
  if (bytes.length !== expected) throw damaged(`found ${bytes.length} bytes, its head announces ${expected}`);
  let at = end;
  const column = (count: number) => {
    at += 8 * count;
    return bytesToFloats(bytes.subarray(at - 8 * count, at));
  };
  return heads.map(({ name, count }) => ({
    name,
    steps: column(count),
    values: column(count),
    times: column(count),
  }));
}

function readHeads(bytes: Buffer) {
  if (bytes.length < HEAD_BYTES || bytes[0] !== VERSION)
    throw damaged('it does not begin like a block of points');
  const heads: { name: string; count: number }[] = [];
  let at = HEAD_BYTES;
  for (let left = bytes.readUInt32LE(4); left > 0; left--) {
    if (at + SERIES_HEAD_BYTES > bytes.length) throw damaged('it ends within its head');
    const count = bytes.readUInt32LE(at);
    const nameEnd = at + SERIES_HEAD_BYTES + bytes.readUInt16LE(at + 4);
    if (nameEnd > bytes.length) throw damaged('it ends within its head');
    heads.push({ name: bytes.toString('utf8', at + SERIES_HEAD_BYTES, nameEnd), count });
    at = nameEnd;
  }
  return { heads, end: Math.ceil(at / 8) * 8 };
}

/** The points of several batches by metric, in their order. */
export function joinBatches(batches: readonly NamedPoints[][]): NamedPoints[] {
  const parts = new Map<string, NamedPoints[]>();
  for (const series of batches.flat()) {
    const known = parts.get(series.name);
    if (known === undefined) parts.set(series.name, [series]);
    else known.push(series);
  }
  return [...parts].map(([name, columns]) => ({ name, ...concatColumns(columns) }));
}

function damaged(message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `points: ${message}`, [{ field: 'points', message }]);
}
