import { DYNAMIC_VALUES, dynamicCode } from './dynamic-codes.js';
import { floatMean } from './float-mean.js';

// NF4 with double quantisation (QLoRA: Dettmers et al. 2023, arXiv 2305.14314, section 3), bit for bit as bitsandbytes 0.50 on a CPU:
// quantize_4bit(…, blocksize=64, quant_type='nf4', compress_statistics=True). A weight is code·absmax of its block of 64, and the
// absmax of a block is dynamic code·scale of its 256 blocks + offset: 4 + 8/64 + 32/(64·256) = 4.13 bits a weight.

export const NF4_BLOCK = 64;
export const NF4_GROUP = 256;
const SMALLEST = Math.fround(1e-38);

/** Quantiles of the normal distribution, ascending, by code. */
export const NF4_VALUES = Float32Array.of(
  ...[-1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635],
  ...[-0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725],
  ...[0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941],
  ...[0.7229568362236023, 1],
);
/** Above MIDDLES[i] the code is more than i. */
const MIDDLES = Float32Array.from(
  { length: 15 },
  (_, i) => Math.fround(NF4_VALUES[i]! + NF4_VALUES[i + 1]!) / 2,
);

/** Blocks run along the weights as they lie in memory, across rows. */
export interface Nf4Codes {
  /** two a byte, the first in the high half */
  codes: Uint8Array;
  /** dynamic code of each block's absmax less the offset */
  absmaxCodes: Uint8Array;
  /** largest absolute difference of each group of blocks */
  absmaxScales: Float32Array;
  /** mean of the absmax of all blocks */
  offset: number;
}

export function quantizeNf4(values: Float32Array): Nf4Codes {
  const codes = new Uint8Array(Math.ceil(values.length / 2));
  const absmax = new Float32Array(Math.ceil(values.length / NF4_BLOCK));
  for (let block = 0; block < absmax.length; block++) {
    const [from, to] = [block * NF4_BLOCK, Math.min((block + 1) * NF4_BLOCK, values.length)];
    absmax[block] = largest(values, from, to);
    encodeBlock(values, from, to, absmax[block]!, codes);
  }
  // A byte is full: the code of nothing is that of 0.
  if (values.length % 2 === 1) codes[codes.length - 1]! |= nf4Code(0);
  return { codes, ...quantizeAbsmax(absmax) };
}

/** The largest absolute value of a range. */
function largest(values: Float32Array, from: number, to: number): number {
  let most = 0;
  for (let i = from; i < to; i++) {
    const size = values[i]! < 0 ? -values[i]! : values[i]!;
    if (size > most) most = size;
  }
  return most;
}

/** A number that is stored here is rounded to float32, which costs less than asking Math for it. */
const scaled = new Float32Array(NF4_BLOCK);

/** A block that is not full is divided, all others are multiplied by the inverse: so does bitsandbytes. */
function encodeBlock(
  values: Float32Array,
  from: number,
  to: number,
  absmax: number,
  codes: Uint8Array,
): void {
  const divisor = Math.max(absmax, SMALLEST);
  const inverse = Math.fround(1 / divisor);
  if (to - from === NF4_BLOCK) for (let i = from; i < to; i++) scaled[i - from] = values[i]! * inverse;
  else for (let i = from; i < to; i++) scaled[i - from] = values[i]! / divisor;
  for (let i = from; i < to; i++) codes[i >> 1]! |= nf4Code(scaled[i - from]!) << ((i & 1) === 0 ? 4 : 0);
}

/** How many thresholds lie below a number. */
function nf4Code(value: number): number {
  let code = value > MIDDLES[7]! ? 8 : 0;
  if (value > MIDDLES[code + 3]!) code += 4;
  if (value > MIDDLES[code + 1]!) code += 2;
  return value > MIDDLES[code]! ? code + 1 : code;
}

function quantizeAbsmax(absmax: Float32Array): Omit<Nf4Codes, 'codes'> {
  const offset = floatMean(absmax);
  const rest = absmax.map((value) => value - offset);
  const scales = new Float32Array(Math.ceil(rest.length / NF4_GROUP));
  const codes = new Uint8Array(rest.length);
  for (let group = 0; group < scales.length; group++) {
    const [from, to] = [group * NF4_GROUP, Math.min((group + 1) * NF4_GROUP, rest.length)];
    scales[group] = largest(rest, from, to);
    if (scales[group] === 0) continue;
    const inverse = Math.fround(1 / scales[group]!);
    for (let i = from; i < to; i++) codes[i] = dynamicCode(Math.fround(rest[i]! * inverse));
  }
  return { absmaxCodes: codes, absmaxScales: scales, offset };
}

export function dequantizeNf4({ codes, ...statistics }: Nf4Codes, out: Float32Array): void {
  const absmax = dequantizeAbsmax(statistics);
  for (let i = 0; i < out.length; i++) {
    const code = (i & 1) === 0 ? codes[i >> 1]! >> 4 : codes[i >> 1]! & 15;
    out[i] = NF4_VALUES[code]! * absmax[(i / NF4_BLOCK) | 0]!;
  }
}

function dequantizeAbsmax({ absmaxCodes, absmaxScales, offset }: Omit<Nf4Codes, 'codes'>): Float32Array {
  const absmax = new Float32Array(absmaxCodes.length);
  for (let i = 0; i < absmax.length; i++) {
    const scale = absmaxScales[Math.floor(i / NF4_GROUP)]!;
    absmax[i] = Math.fround(DYNAMIC_VALUES[absmaxCodes[i]!]! * scale) + offset;
  }
  return absmax;
}
