import { RanksweepError } from '../core/errors.js';
import { bytesToFloats, floatBytes, type PointBatch } from './point-columns.js';

/**
 * Points of several metrics in one block of bytes: as they wait in metric_log, and as programs may send them. All little-endian:
 *
 *     u8 1 (version), u8 0, u16 0, u32 m
 *     m times: u32 points, u16 k, k bytes (the metric's name in UTF-8)
 *     zeros up to a multiple of 8
 *     for the n points, those of the first metric first: n Float64 steps, n Float64 values, n Float64 times (ms since the epoch)
 */
const VERSION = 1;
const HEAD_BYTES = 8;
const SERIES_HEAD_BYTES = 6;
const POINT_BYTES = 24;

export function packBatch({ names, counts, steps, values, times }: PointBatch): Buffer {
  const head = Buffer.alloc(headBytes(names));
  head.writeUInt8(VERSION, 0);
  head.writeUInt32LE(names.length, 4);
  let at = HEAD_BYTES;
  for (const [i, name] of names.entries()) {
    const length = head.write(name, at + SERIES_HEAD_BYTES);
    head.writeUInt32LE(counts[i]!, at);
    head.writeUInt16LE(length, at + 4);
    at += SERIES_HEAD_BYTES + length;
  }
  return Buffer.concat([head, floatBytes(steps), floatBytes(values), floatBytes(times)]);
}

function headBytes(names: string[]): number {
  const bytes = names.reduce((sum, name) => sum + SERIES_HEAD_BYTES + Buffer.byteLength(name), HEAD_BYTES);
  return Math.ceil(bytes / 8) * 8;
}

/** @throws RanksweepError INVALID_INPUT if the bytes are no such block, or one that ends too early */
export function unpackBatch(bytes: Buffer): PointBatch {
  const { names, counts, end } = readHead(bytes);
  const points = counts.reduce((sum, count) => sum + count, 0);
  const expected = end + POINT_BYTES * points;
  if (bytes.length !== expected) throw damaged(`found ${bytes.length} bytes, its head announces ${expected}`);
  const column = (i: number) =>
    bytesToFloats(bytes.subarray(end + 8 * i * points, end + 8 * (i + 1) * points));
  return { names, counts, steps: column(0), values: column(1), times: column(2) };
}

function readHead(bytes: Buffer) {
  if (bytes.length < HEAD_BYTES || bytes[0] !== VERSION)
    throw damaged('it does not begin like a block of points');
  const names: string[] = [];
  const counts: number[] = [];
  let at = HEAD_BYTES;
  for (let left = bytes.readUInt32LE(4); left > 0; left--) {
    if (at + SERIES_HEAD_BYTES > bytes.length) throw damaged('it ends within its head');
    const nameEnd = at + SERIES_HEAD_BYTES + bytes.readUInt16LE(at + 4);
    if (nameEnd > bytes.length) throw damaged('it ends within its head');
    counts.push(bytes.readUInt32LE(at));
    names.push(bytes.toString('utf8', at + SERIES_HEAD_BYTES, nameEnd));
    at = nameEnd;
  }
  return { names, counts: Uint32Array.from(counts), end: Math.ceil(at / 8) * 8 };
}

function damaged(message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `points: ${message}`, [{ field: 'points', message }]);
}
