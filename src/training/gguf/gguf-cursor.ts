const ARRAY = 9;
const STRING = 8;

/** More bytes are needed than there are. */
export class PastEnd extends Error {}

/** Reads values of the GGUF format one after the other. @throws PastEnd */
export class GgufCursor {
  at = 0;

  constructor(private readonly buffer: Buffer) {}

  uint32(): number {
    return this.buffer.readUInt32LE(this.advance(4));
  }

  /** Sizes and counts: above 2^53 no file is that long. */
  uint64(): number {
    return Number(this.buffer.readBigUInt64LE(this.advance(8)));
  }

  string(): string {
    const length = this.uint64();
    const from = this.advance(length);
    return this.buffer.toString('utf8', from, from + length);
  }

  /** A value of one of the format's thirteen types. */
  value(type: number): unknown {
    if (type === STRING) return this.string();
    if (type === ARRAY) return this.array();
    const read = READERS[type];
    if (!read) throw new Error(`GGUF value of unknown type ${type}`);
    const [width, method] = read;
    const value = method(this.buffer, this.advance(width));
    return typeof value === 'bigint' ? Number(value) : value;
  }

  private array(): unknown[] {
    const [type, length] = [this.uint32(), this.uint64()];
    if (length > this.buffer.length) throw new PastEnd();
    const values: unknown[] = [];
    for (let n = 0; n < length; n++) values.push(this.value(type));
    return values;
  }

  private advance(bytes: number): number {
    const from = this.at;
    if (from + bytes > this.buffer.length) throw new PastEnd();
    this.at += bytes;
    return from;
  }
}

/** By the format's type code: width in bytes, and how to read it. */
const READERS: Record<number, [number, (buffer: Buffer, at: number) => unknown]> = {
  0: [1, (buffer, at) => buffer.readUInt8(at)],
  1: [1, (buffer, at) => buffer.readInt8(at)],
  2: [2, (buffer, at) => buffer.readUInt16LE(at)],
  3: [2, (buffer, at) => buffer.readInt16LE(at)],
  4: [4, (buffer, at) => buffer.readUInt32LE(at)],
  5: [4, (buffer, at) => buffer.readInt32LE(at)],
  6: [4, (buffer, at) => buffer.readFloatLE(at)],
  7: [1, (buffer, at) => buffer.readUInt8(at) !== 0],
  10: [8, (buffer, at) => buffer.readBigUInt64LE(at)],
  11: [8, (buffer, at) => buffer.readBigInt64LE(at)],
  12: [8, (buffer, at) => buffer.readDoubleLE(at)],
};
