// Causal grouped-query attention on rows [batch·length, heads·d], without transposing heads.
//
// T length   d numbers per head   H heads   G key-value heads, each shared by H/G heads   s = 1/√d
// P = softmax(s·Q·Kᵀ) row by row over the keys start…i     O = P·V
// dP = dO·Vᵀ   dS = s·P∘(dP - Σ P∘dP)   dQ = dS·K   dK = dSᵀ·Q   dV = Pᵀ·dO
//
// Queries go in blocks of ROWS against the keys from the first that one of them sees to the block's end. P keeps just
// these: row i of a head has `width` columns, of which column 0 is the first key of i's block, and zeros where i does
// not see. Dense causal rows have width T; short examples packed into one long row have little more than their length.
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

/** Bytes of ROWS packed vectors over keys or head numbers, or of that many vectors over ROWS. */
@inline
function rowsBytes(length: i32, d: i32): usize {
  return <usize>(ROWS * 4) * <usize>(max(length, d) + 4);
}

/** Scratch of both directions: a spilt tile, packed rows, four packed operands, the dS of one block. */
export function attentionScratchBytes(length: i32, d: i32, width: i32): usize {
  return <usize>TILE_BYTES + rowsBytes(length, d) + 4 * packedBytes(length, d) + <usize>(ROWS * width * 4);
}

/** Columns of P: the most keys that a block of queries spans. */
export function attentionWidth(batch: i32, length: i32, starts: usize): i32 {
  if (!starts) return length;
  let width = 0;
  for (let b = 0; b < batch; ++b) {
    for (let i = 0; i < length; i += ROWS) {
      const rows = min(ROWS, length - i);
      width = max(width, i + rows - firstSeen(starts, i, rows));
    }
    starts += <usize>length << 2;
  }
  return width;
}

/** A multiple of 8 (a panel) before which none of the queries i…i+rows-1 sees a key. */
function firstSeen(starts: usize, i: i32, rows: i32): i32 {
  if (!starts) return 0;
  let first = i;
  for (let r = i; r < i + rows; ++r) first = min(first, startOf(starts, r));
  return first & ~7;
}

@inline
function startOf(starts: usize, i: i32): i32 {
  return starts ? load<i32>(starts + (<usize>i << 2)) : 0;
}

/** q, out: rows of H·d; k, v: rows of G·d; p: batch·H matrices T x width; starts: one i32 a row, or 0 for none. */
export function attention(
  batch: i32, length: i32, heads: i32, groups: i32, d: i32, width: i32,
  q: usize, k: usize, v: usize, starts: usize, p: usize, out: usize, scratch: usize,
): void {
  const ldq = <usize>(heads * d) << 2, ldk = <usize>(groups * d) << 2, head = <usize>d << 2;
  const keys = scratch + TILE_BYTES + rowsBytes(length, d);
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
      oneHead(length, d, width, q + at, ldq, keys, values, own, p, out + at, scratch);
      p += <usize>length * <usize>width * 4;
    }
  }
}

function oneHead(
  length: i32, d: i32, width: i32, q: usize, ldq: usize, keys: usize, values: usize, starts: usize,
  p: usize, out: usize, scratch: usize,
): void {
  const packed = scratch + TILE_BYTES;
  const ldp = <usize>width << 2;
  for (let i = 0; i < length; i += ROWS) {
    const rows = min(ROWS, length - i);
    const skip = firstSeen(starts, i, rows), seen = i + rows - skip;
    packA(packed, q + <usize>i * ldq, ldq, false, rows, d);
    block(rows, seen, d, packed, keys + <usize>(skip * d * 4), <usize>d << 5, p, ldp, false, scratch);
    for (let r = 0; r < rows; ++r) {
      softmaxRow(startOf(starts, i + r) - skip, i + r + 1 - skip, width, d, p + <usize>r * ldp);
    }
    packA(packed, p, ldp, false, rows, seen);
    block(rows, d, seen, packed, values + (<usize>skip << 5), <usize>length << 5, out + <usize>i * ldq, ldq, false, scratch);
    p += <usize>rows * ldp;
  }
}

/** Softmax over columns start…end-1 of one row of scores; zero elsewhere. */
function softmaxRow(start: i32, end: i32, width: i32, d: i32, row: usize): void {
  const from = row + (<usize>start << 2), count = end - start;
  const sum = sumOfExponentials(from, count, maximum(from, count), scaleOf(d), from);
  scale(from, count, <f32>(1.0 / sum));
  clear(row, 0, start);
  clear(row, end, width);
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
  batch: i32, length: i32, heads: i32, groups: i32, d: i32, width: i32,
  dOut: usize, q: usize, k: usize, v: usize, starts: usize, p: usize,
  dq: usize, dk: usize, dv: usize, scratch: usize,
): void {
  const ldq = <usize>(heads * d) << 2, ldk = <usize>(groups * d) << 2, head = <usize>d << 2;
  const operand = packedBytes(length, d);
  const values = scratch + TILE_BYTES + rowsBytes(length, d);
  const keys = values + operand, queries = keys + operand, douts = queries + operand;
  const shared = heads / groups;
  memory.fill(dk, 0, <usize>(batch * length) * ldk);
  memory.fill(dv, 0, <usize>(batch * length) * ldk);
  for (let b = 0; b < batch; ++b) {
    const first = <usize>(b * length);
    const own = starts ? starts + first * 4 : 0;
    for (let h = 0; h < heads; ++h) {
      const group = first * ldk + <usize>(h / shared) * head;
      const at = first * ldq + <usize>h * head;
      if (h % shared === 0) {
        packB(values, v + group, ldk, true, length, d);
        packB(keys, k + group, ldk, false, d, length);
      }
      packB(queries, q + at, ldq, false, d, length);
      packB(douts, dOut + at, ldq, false, d, length);
      oneHeadGrad(length, d, width, dOut + at, ldq, values, operand, own, p, dq + at, dk + group, dv + group, ldk, scratch);
      p += <usize>length * <usize>width * 4;
    }
  }
}

/** `values` and the three packed operands after it (keys, queries, dOut) lie `operand` bytes apart. */
function oneHeadGrad(
  length: i32, d: i32, width: i32, dOut: usize, ldq: usize, values: usize, operand: usize, starts: usize,
  p: usize, dq: usize, dk: usize, dv: usize, ldk: usize, scratch: usize,
): void {
  const packed = scratch + TILE_BYTES;
  const ldp = <usize>width << 2, panel = <usize>length << 5;
  const keys = values + operand, queries = keys + operand, douts = queries + operand, ds = douts + operand;
  for (let i = 0; i < length; i += ROWS) {
    const rows = min(ROWS, length - i);
    const skip = firstSeen(starts, i, rows), seen = i + rows - skip;
    packA(packed, dOut + <usize>i * ldq, ldq, false, rows, d);
    block(rows, seen, d, packed, values + <usize>(skip * d * 4), <usize>d << 5, ds, ldp, false, scratch);
    for (let r = 0; r < rows; ++r) {
      const row = <usize>r * ldp;
      scoreGrad(startOf(starts, i + r) - skip, i + r + 1 - skip, seen, d, p + row, ds + row);
    }
    packA(packed, ds, ldp, false, rows, seen);
    block(rows, d, seen, packed, keys + (<usize>skip << 5), panel, dq + <usize>i * ldq, ldq, false, scratch);
    const target = <usize>skip * ldk, depth = <usize>i << 5;
    packA(packed, ds, ldp, true, seen, rows);
    block(seen, d, rows, packed, queries + depth, panel, dk + target, ldk, true, scratch);
    packA(packed, p, ldp, true, seen, rows);
    block(seen, d, rows, packed, douts + depth, panel, dv + target, ldk, true, scratch);
    p += <usize>rows * ldp;
  }
}

/** One row of dS from dP, in place: dS = s·P∘(dP - Σ P∘dP) over columns start…end-1, zero in the rest of 0…seen-1. */
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
