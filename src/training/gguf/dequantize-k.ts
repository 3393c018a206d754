import { readHalf as half } from '../half.js';
import type { BlockType } from './dequantize.js';

// The K-quants: 256 numbers in sub-blocks of 16 or 32, each with a scale of its own (and Q2, Q4, Q5 an offset).

const f32 = Math.fround;

/** 2 bits each: 128 numbers in 32 bytes, one quarter of the 128 after the other. */
const twoBits = (b: Buffer, at: number, i: number) =>
  (b[at + ((i >> 7) << 5) + (i & 31)]! >> (2 * ((i >> 5) & 3))) & 3;
/** 4 bits each: 64 numbers in 32 bytes, the low halves first. */
const fourBits = (b: Buffer, at: number, i: number) =>
  (b[at + ((i >> 6) << 5) + (i & 31)]! >> (4 * ((i >> 5) & 1))) & 15;

export const Q2_K: BlockType = {
  name: 'Q2_K',
  size: 256,
  bytes: 84,
  decode(b, at, out, to) {
    const [d, dmin] = [half(b, at + 80), half(b, at + 82)];
    for (let i = 0; i < 256; i++) {
      const scale = b[at + (i >> 4)]!;
      out[to + i] = f32(f32(d * (scale & 15)) * twoBits(b, at + 16, i)) - f32(dmin * (scale >> 4));
    }
  },
};

export const Q3_K: BlockType = {
  name: 'Q3_K',
  size: 256,
  bytes: 110,
  decode(b, at, out, to) {
    const d = half(b, at + 108);
    for (let i = 0; i < 256; i++) {
      const [low, high] = [twoBits(b, at + 32, i), (b[at + (i & 31)]! >> (i >> 5)) & 1];
      out[to + i] = f32(d * (sixBitScale(b, at + 96, i >> 4) - 32)) * (low - (high ? 0 : 4));
    }
  },
};

/** Scale j of 16 in 12 bytes: 4 bits in the first 8 bytes, 2 more in the last 4. */
function sixBitScale(b: Buffer, at: number, j: number): number {
  const low = (b[at + (j & 7)]! >> (4 * (j >> 3))) & 15;
  return low | (((b[at + 8 + (j & 3)]! >> (2 * (j >> 2))) & 3) << 4);
}

/** Scale and offset j of 8 in 12 bytes, 6 bits each. */
function scaleAndOffset(b: Buffer, at: number, j: number): [number, number] {
  if (j < 4) return [b[at + j]! & 63, b[at + 4 + j]! & 63];
  const [scale, offset, both] = [b[at + j - 4]!, b[at + j]!, b[at + 4 + j]!];
  return [(both & 15) | ((scale >> 2) & 48), (both >> 4) | ((offset >> 2) & 48)];
}

export const Q4_K: BlockType = {
  name: 'Q4_K',
  size: 256,
  bytes: 144,
  decode(b, at, out, to) {
    withOffsets(b, at, out, to, (i) => fourBits(b, at + 16, i));
  },
};

export const Q5_K: BlockType = {
  name: 'Q5_K',
  size: 256,
  bytes: 176,
  decode(b, at, out, to) {
    withOffsets(
      b,
      at,
      out,
      to,
      (i) => fourBits(b, at + 48, i) | (((b[at + 16 + (i & 31)]! >> (i >> 5)) & 1) << 4),
    );
  },
};

function withOffsets(b: Buffer, at: number, out: Float32Array, to: number, q: (i: number) => number): void {
  const [d, dmin] = [half(b, at), half(b, at + 2)];
  for (let j = 0; j < 8; j++) {
    const [scale, offset] = scaleAndOffset(b, at + 4, j);
    const [step, low] = [f32(d * scale), f32(dmin * offset)];
    for (let i = 32 * j; i < 32 * j + 32; i++) out[to + i] = f32(step * q(i)) - low;
  }
}

export const Q6_K: BlockType = {
  name: 'Q6_K',
  size: 256,
  bytes: 210,
  decode(b, at, out, to) {
    const d = half(b, at + 208);
    for (let i = 0; i < 256; i++) {
      // 128 numbers take 64 bytes of low halves, where 4 bits of one half follow the other's.
      const low = (b[at + ((i >> 7) << 6) + (i & 63)]! >> (4 * ((i >> 6) & 1))) & 15;
      const q = (low | (twoBits(b, at + 128, i) << 4)) - 32;
      out[to + i] = f32(d * b.readInt8(at + 192 + (i >> 4))) * q;
    }
  },
};
