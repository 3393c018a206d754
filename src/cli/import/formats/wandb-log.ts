import { crc32 } from 'node:zlib';
import type { Records } from './tf-record.js';

const MAGIC = ':W&B';
const HEAD_BYTES = 7;
const BLOCK_BYTES = 32_768;
const RECORD_HEAD_BYTES = 7;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

/**
 * W&B's framing: ":W&B", u16, u8 version, then LevelDB's log: blocks of 32 KiB, in them u32 CRC-32 (of type and data), u16 length, u8 type
 * (1 whole, 2 first, 3 middle, 4 last part), data. Reading ends at the first record that is damaged or cut off.
 */
export function readWandbLog(file: Buffer): Records {
  const records: Buffer[] = [];
  const damage = (at: number, what: string) => ({ records, damage: `byte ${at}: ${what}` });
  if (file.toString('latin1', 0, 4) !== MAGIC) return damage(0, 'it does not begin like a file of W&B');
  let parts: Buffer[] = [];
  let at = HEAD_BYTES;
  while (at < file.length) {
    const left = BLOCK_BYTES - (at % BLOCK_BYTES);
    if (left < RECORD_HEAD_BYTES) {
      at += left;
      continue;
    }
    const end =
      at + RECORD_HEAD_BYTES + (file.length >= at + RECORD_HEAD_BYTES ? file.readUInt16LE(at + 4) : Infinity);
    if (end > file.length) return damage(at, 'the file ends within a record');
    const type = file[at + 6]!;
    if (crc32(file.subarray(at + 6, end)) !== file.readUInt32LE(at))
      return damage(at, 'the checksum of a record is wrong');
    if (type === FULL || type === FIRST) parts = [];
    parts.push(file.subarray(at + RECORD_HEAD_BYTES, end));
    if (type === FULL || type === LAST) records.push(Buffer.concat(parts));
    at = end;
  }
  return { records, damage: null };
}
