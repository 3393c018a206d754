// Causal grouped-query attention on rows [batch·length, heads·d], without transposing heads.
//
// T length   d numbers per head   H heads   G key-value heads, each shared by H/G heads   s = 1/√d
// P = softmax(s·Q·Kᵀ) row by row over the keys start…i     O = P·V
// dP = dO·Vᵀ   dS = s·P∘(dP - Σ P∘dP)   dQ = dS·K   dK = dSᵀ·Q   dV = Pᵀ·dO
//
// Queries go in blocks of ROWS against the keys up to the block's end only: about half of a full product.
import { maximum, scale, sumOfExponentials } from './loss';
import { wholeVectors } from './math';
import { block, packA, packB, TILE_BYTES } from './matmul';
import { sumOfProducts } from './norm';

const ROWS: i32 = 32;

/** Bytes of one operand packed whole, either way round. */
@inline
function packedBytes(length: i32, d: i32): usize {
  return <usize>((length + 7) & ~7) * <usize>((d + 7) & ~7) * 4;
}

/** Scratch of both directions: a spilt tile, a packed block of rows, four packed operands, one dS. */
export function attentionScratchBytes(length: i32, d: i32): usize {
  const rows = <usize>(ROWS * max(length, d) * 4);
  return <usize>TILE_BYTES + rows + 4 * packedBytes(length, d) + <usize>length * <usize>length * 4;
}

/** q, out: rows of H·d; k, v: rows of G·d; p: batch·H matrices T x T; starts: one i32 a row, or 0 for none. */
export function attention(
  batch: i32, length: i32, heads: i32, groups: i32, d: i32,
  q: usize, k: usize, v: usize, starts: usize, p: usize, out: usize, scratch: usize,
): void {
  const ldq = <usize>(heads * d) << 2, ldk = <usize>(groups * d) << 2, head = <usize>d << 2;
  const keys = scratch + TILE_BYTES + <usize>(ROWS * max(length, d) * 4);
  const values = keys + packedBytes(length, d);
  const shared = heads / groups;
  for (let b = 0; b < batch; ++b) {
    const first = <usize>(b * length);
    const own = starts ? starts + first * 4 : 0;
    for (let h = 0; h < heads; ++h) {
      const group = first * ldk + <usize>(h / shared) * head;
      if (h % shared === 0) {
        packB(keys, k + group, ldk, true, length, d);
        packB(values, v + group, ldk, false, d, length);
      }
      const at = first * ldq + <usize>h * head;
      oneHead(length, d, q + at, ldq, keys, values, own, p, out + at, scratch);
      p += <usize>length * <usize>length * 4;
    }
  }
}

function oneHead(
  length: i32, d: i32, q: usize, ldq: usize, keys: usize, values: usize, starts: usize,
  p: usize, out: usize, scratch: usize,
): void {
  const packed = scratch + TILE_BYTES;
  const ldp = <usize>length << 2;
  for (let i = 0; i < length; i += ROWS) {
    const rows = min(ROWS, length - i);
    const skip = firstSeen(starts, i, rows), seen = i + rows - skip;
    const scores = p + <usize>i * ldp + (<usize>skip << 2);
    packA(packed, q + <usize>i * ldq, ldq, false, rows, d);
    block(rows, seen, d, packed, keys + <usize>(skip * d * 4), <usize>d << 5, scores, ldp, false, scratch);
    for (let r = 0; r < rows; ++r) softmaxRow(length, i + r, d, starts, p + <usize>(i + r) * ldp);
    packA(packed, scores, ldp, false, rows, seen);
    block(rows, d, seen, packed, values + (<usize>skip << 5), <usize>length << 5, out + <usize>i * ldq, ldq, false, scratch);
  }
}

/** A multiple of 8 (a panel) before which none of the queries i…i+rows-1 sees a key. */
function firstSeen(starts: usize, i: i32, rows: i32): i32 {
  if (!starts) return 0;
  let first = i;
  for (let r = i; r < i + rows; ++r) first = min(first, load<i32>(starts + (<usize>r << 2)));
  return first & ~7;
}

/** Softmax over the keys start…i of one row of scores; zero elsewhere. */
function softmaxRow(length: i32, i: i32, d: i32, starts: usize, row: usize): void {
  const start = starts ? load<i32>(starts + (<usize>i << 2)) : 0;
  const from = row + (<usize>start << 2), count = i + 1 - start;
  const sum = sumOfExponentials(from, count, maximum(from, count), scaleOf(d), from);
  scale(from, count, <f32>(1.0 / sum));
  clear(row, 0, start);
  clear(row, i + 1, length);
}

@inline
function scaleOf(d: i32): f32 {
  return <f32>(1.0 / Math.sqrt(<f64>d));
}

/** Zeroes row[from…to). */
@inline
function clear(row: usize, from: i32, to: i32): void {
  memory.fill(row + (<usize>from << 2), 0, <usize>(to - from) << 2);
}

/** As `attention`, backwards: dOut like out, dq like q, dk and dv like k. */
export function attentionGrad(
  batch: i32, length: i32, heads: i32, groups: i32, d: i32,
  dOut: usize, q: usize, k: usize, v: usize, starts: usize, p: usize,
  dq: usize, dk: usize, dv: usize, scratch: usize,
): void {
  const ldq = <usize>(heads * d) << 2, ldk = <usize>(groups * d) << 2, head = <usize>d << 2;
  const operand = packedBytes(length, d);
  const values = scratch + TILE_BYTES + <usize>(ROWS * max(length, d) * 4);
  const keys = values + operand, queries = keys + operand, douts = queries + operand, ds = douts + operand;
  const shared = heads / groups;
  for (let b = 0; b < batch; ++b) {
    const first = <usize>(b * length);
    const own = starts ? starts + first * 4 : 0;
    for (let h = 0; h < heads; ++h) {
      const group = first * ldk + <usize>(h / shared) * head;
      const at = first * ldq + <usize>h * head;
      const add = h % shared !== 0;
      if (!add) {
        packB(values, v + group, ldk, true, length, d);
        packB(keys, k + group, ldk, false, d, length);
      }
      packB(queries, q + at, ldq, false, d, length);
      packB(douts, dOut + at, ldq, false, d, length);
      queryGrad(length, d, dOut + at, ldq, values, keys, own, p, ds, dq + at, scratch);
      keyGrad(length, d, ds, queries, own, dk + group, ldk, add, scratch);
      keyGrad(length, d, p, douts, own, dv + group, ldk, add, scratch);
      p += <usize>length * <usize>length * 4;
    }
  }
}

/** Fills dS, and dQ = dS·K. */
function queryGrad(
  length: i32, d: i32, dOut: usize, ldq: usize, values: usize, keys: usize, starts: usize,
  p: usize, ds: usize, dq: usize, scratch: usize,
): void {
  const packed = scratch + TILE_BYTES;
  const ldp = <usize>length << 2;
  for (let i = 0; i < length; i += ROWS) {
    const rows = min(ROWS, length - i);
    const skip = firstSeen(starts, i, rows), seen = i + rows - skip;
    const own = <usize>i * ldp, scores = ds + own + (<usize>skip << 2);
    packA(packed, dOut + <usize>i * ldq, ldq, false, rows, d);
    block(rows, seen, d, packed, values + <usize>(skip * d * 4), <usize>d << 5, scores, ldp, false, scratch);
    for (let r = 0; r < rows; ++r) {
      const start = starts ? load<i32>(starts + (<usize>(i + r) << 2)) : 0;
      const row = own + <usize>r * ldp;
      scoreGrad(start, i + r + 1, i + rows, d, p + row, ds + row);
    }
    packA(packed, scores, ldp, false, rows, seen);
    block(rows, d, seen, packed, keys + (<usize>skip << 5), <usize>length << 5, dq + <usize>i * ldq, ldq, false, scratch);
  }
}

/** One row of dS from dP, in place: dS = s·P∘(dP - Σ P∘dP) over keys start…end-1, zero in the rest of 0…seen-1. */
function scoreGrad(start: i32, end: i32, seen: i32, d: i32, p: usize, ds: usize): void {
  const from = <usize>start << 2, count = end - start;
  const mean = <f32>sumOfProducts(p + from, ds + from, count);
  const factor = scaleOf(d);
  const body = from + wholeVectors(count);
  for (let at = from; at < body; at += 16) {
    const centred = f32x4.sub(v128.load(ds + at), f32x4.splat(mean));
    v128.store(ds + at, f32x4.mul(f32x4.mul(v128.load(p + at), centred), f32x4.splat(factor)));
  }
  for (let at = body; at < <usize>end << 2; at += 4) {
    store<f32>(ds + at, load<f32>(p + at) * (load<f32>(ds + at) - mean) * factor);
  }
  clear(ds, 0, start);
  clear(ds, end, seen);
}

/** target[j] (+)= Σ over i ≥ j of weights[i, j]·operand[i]: dK from dS and Q, dV from P and dO. */
function keyGrad(
  length: i32, d: i32, weights: usize, operand: usize, starts: usize, target: usize, ldk: usize, add: bool, scratch: usize,
): void {
  const packed = scratch + TILE_BYTES;
  const ldp = <usize>length << 2;
  for (let j = 0; j < length; j += ROWS) {
    const rows = min(ROWS, length - j), depth = lastSeen(length, starts, j + rows) - j;
    packA(packed, weights + <usize>j * ldp + (<usize>j << 2), ldp, true, rows, depth);
    block(rows, d, depth, packed, operand + (<usize>j << 5), <usize>length << 5, target + <usize>j * ldk, ldk, add, scratch);
  }
}

/** One after the last query that sees a key before `end`. */
function lastSeen(length: i32, starts: usize, end: i32): i32 {
  if (!starts) return length;
  let last = length;
  while (last > end && load<i32>(starts + (<usize>(last - 1) << 2)) >= end) --last;
  return last;
}
