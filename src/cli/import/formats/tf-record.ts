import { maskedCrc32c } from './crc32c.js';

/** What was read of a file, and where and why reading it ended early; null: it is whole. */
export interface Records {
  records: Buffer[];
  damage: string | null;
}

const HEAD_BYTES = 12;
const FOOT_BYTES = 4;

/**
 * TensorBoard's framing: u64 length, u32 masked CRC-32C of the length, the payload, u32 masked CRC-32C of the payload, little-endian.
 * Reading ends at the first record that is damaged or cut off: nothing behind it can be found.
 */
export function readTfRecords(file: Buffer): Records {
  const records: Buffer[] = [];
  let at = 0;
  while (at < file.length) {
    const damage = (what: string) => ({ records, damage: `byte ${at}: ${what}` });
    if (file.length - at < HEAD_BYTES) return damage('the file ends within a record');
    if (maskedCrc32c(file.subarray(at, at + 8)) !== file.readUInt32LE(at + 8)) {
      return damage("the checksum of a record's length is wrong");
    }
    const length = Number(file.readBigUInt64LE(at));
    const end = at + HEAD_BYTES + length;
    if (end + FOOT_BYTES > file.length) return damage('the file ends within a record');
    const payload = file.subarray(at + HEAD_BYTES, end);
    if (maskedCrc32c(payload) !== file.readUInt32LE(end)) return damage('the checksum of a record is wrong');
    records.push(payload);
    at = end + FOOT_BYTES;
  }
  return { records, damage: null };
}
