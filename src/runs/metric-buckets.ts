import { BUCKET_COLUMNS, type Buckets, emptyBuckets } from '../analysis/downsample.js';
import { decodeColumn, encodeColumn } from './column-codec.js';

/** Points per bucket of the pyramid's lowest level: a million points are 15,625 of them. */
export const BUCKET_POINTS = 64;

/** Each column behind its length in bytes (u32, little-endian). */
export function packBuckets(buckets: Buckets): Buffer {
  const parts = BUCKET_COLUMNS.flatMap((name) => {
    const bytes = encodeColumn(buckets[name]);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts);
}

export function unpackBuckets(bytes: Buffer, count: number): Buckets {
  const buckets = emptyBuckets(0);
  let at = 0;
  for (const name of BUCKET_COLUMNS) {
    const length = bytes.readUInt32LE(at);
    buckets[name] = decodeColumn(bytes.subarray(at + 4, at + 4 + length), count);
    at += 4 + length;
  }
  return buckets;
}

export function concatBuckets(parts: readonly Buckets[]): Buckets {
  if (parts.length === 1) return parts[0]!;
  const all = emptyBuckets(parts.reduce((sum, { counts }) => sum + counts.length, 0));
  let at = 0;
  for (const part of parts) {
    for (const name of BUCKET_COLUMNS) all[name].set(part[name], at);
    at += part.counts.length;
  }
  return all;
}
