import { BUCKET_COLUMNS, type Buckets, bucketsOf } from '../analysis/downsample.js';
import { decodeInto, encodeColumn } from './column-codec.js';
import type { PointColumns } from './point-columns.js';

/** Points per bucket of each level of a chunk's pyramid, the coarsest first: a million points are 1,954 and 15,625 buckets. */
export const LEVELS = [512, 64] as const;
export type Level = (typeof LEVELS)[number];

/** The levels one after the other, each behind its length in bytes (u32, little-endian). */
export function packPyramid(points: PointColumns): Buffer {
  return Buffer.concat(LEVELS.flatMap((level) => withLength(packBuckets(bucketsOf(points, level)))));
}

/** Writes one level of the pyramid over `points` points to `into`, from its bucket `at` on. @returns where the next bucket goes */
export function unpackLevel(bytes: Buffer, level: Level, points: number, into: Buckets, at: number): number {
  const count = bucketCount(points, level);
  let from = 0;
  if (level !== LEVELS[0]) from += 4 + bytes.readUInt32LE(0);
  from += 4;
  for (const name of BUCKET_COLUMNS) {
    const end = from + 4 + bytes.readUInt32LE(from);
    decodeInto(bytes.subarray(from + 4, end), into[name], at, count);
    from = end;
  }
  return at + count;
}

export function bucketCount(points: number, level: Level): number {
  return Math.ceil(points / level);
}

function packBuckets(buckets: Buckets): Buffer {
  return Buffer.concat(BUCKET_COLUMNS.flatMap((name) => withLength(encodeColumn(buckets[name]))));
}

function withLength(bytes: Buffer): [Buffer, Buffer] {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return [length, bytes];
}

/** Copies buckets into others, from `at` on. @returns where the next one goes */
export function copyBuckets(from: Buckets, into: Buckets, at: number): number {
  for (const name of BUCKET_COLUMNS) into[name].set(from[name], at);
  return at + from.counts.length;
}
