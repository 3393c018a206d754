import { fromBfloat16, readHalf as half } from '../half.js';
import { Q2_K, Q3_K, Q4_K, Q5_K, Q6_K } from './dequantize-k.js';

// ggml's quantised types, back to float32 bit for bit as llama.cpp's Python package does it (gguf/quants.py).
// d  a block's step   m  its offset   q  the stored whole number

/** How a type stores `size` numbers in `bytes` bytes. */
export interface BlockType {
  name: string;
  size: number;
  bytes: number;
  /** @param at of the block in b   @param to of its numbers in out */
  decode(b: Buffer, at: number, out: Float32Array, to: number): void;
}

const f32 = Math.fround;

/** 32 numbers of 4 bits in 16 bytes, the low halves first. */
const nibble = (b: Buffer, at: number, i: number) => (i < 16 ? b[at + i]! & 15 : b[at + i - 16]! >> 4);
const bit = (b: Buffer, at: number, i: number) => (b[at + (i >> 3)]! >> (i & 7)) & 1;

const Q4_0: BlockType = {
  name: 'Q4_0',
  size: 32,
  bytes: 18,
  decode(b, at, out, to) {
    const d = half(b, at);
    for (let i = 0; i < 32; i++) out[to + i] = d * (nibble(b, at + 2, i) - 8);
  },
};

const Q4_1: BlockType = {
  name: 'Q4_1',
  size: 32,
  bytes: 20,
  decode(b, at, out, to) {
    const [d, m] = [half(b, at), half(b, at + 2)];
    for (let i = 0; i < 32; i++) out[to + i] = f32(d * nibble(b, at + 4, i)) + m;
  },
};

const Q5_0: BlockType = {
  name: 'Q5_0',
  size: 32,
  bytes: 22,
  decode(b, at, out, to) {
    const d = half(b, at);
    for (let i = 0; i < 32; i++) {
      const q = nibble(b, at + 6, i) | (bit(b, at + 2, i) << 4);
      out[to + i] = d * (q - 16);
    }
  },
};

const Q5_1: BlockType = {
  name: 'Q5_1',
  size: 32,
  bytes: 24,
  decode(b, at, out, to) {
    const [d, m] = [half(b, at), half(b, at + 2)];
    for (let i = 0; i < 32; i++) {
      const q = nibble(b, at + 8, i) | (bit(b, at + 4, i) << 4);
      out[to + i] = f32(d * q) + m;
    }
  },
};

const Q8_0: BlockType = {
  name: 'Q8_0',
  size: 32,
  bytes: 34,
  decode(b, at, out, to) {
    const d = half(b, at);
    for (let i = 0; i < 32; i++) out[to + i] = d * b.readInt8(at + 2 + i);
  },
};

const plain = (name: string, bytes: number, read: (b: Buffer, at: number) => number): BlockType => ({
  name,
  size: 1,
  bytes,
  decode(b, at, out, to) {
    out[to] = read(b, at);
  },
});

/** By ggml's code. */
export const BLOCK_TYPES = new Map<number, BlockType>([
  [0, plain('F32', 4, (b, at) => b.readFloatLE(at))],
  [1, plain('F16', 2, half)],
  [2, Q4_0],
  [3, Q4_1],
  [6, Q5_0],
  [7, Q5_1],
  [8, Q8_0],
  [10, Q2_K],
  [11, Q3_K],
  [12, Q4_K],
  [13, Q5_K],
  [14, Q6_K],
  [30, plain('BF16', 2, (b, at) => fromBfloat16(Uint16Array.of(b.readUInt16LE(at)))[0]!)],
]);

/** All numbers of a tensor. @param out where they go, as many as there are */
export function dequantize(bytes: Buffer, type: BlockType, out = roomFor(bytes, type)): Float32Array {
  const blocks = bytes.length / type.bytes;
  for (let n = 0; n < blocks; n++) type.decode(bytes, n * type.bytes, out, n * type.size);
  return out;
}

const roomFor = (bytes: Buffer, type: BlockType) => new Float32Array((bytes.length / type.bytes) * type.size);
