// Dropout whose mask is a function of (key, index): nothing is saved, and the gradient is the same call on dy.
import { storeOne, wholeVectors } from './math';

/** lowbias32 (C. Wellons 2018) on four lanes. */
@inline
function mix(h: v128): v128 {
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x7feb352d));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 15)), i32x4.splat(0x846ca68b));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/** x·factor where the random 32 bits of the index are at least `threshold`, else 0. */
@inline
function keep(x: v128, index: v128, key0: i32, key1: i32, threshold: u32, factor: f32): v128 {
  const bits = mix(v128.xor(mix(v128.xor(index, i32x4.splat(key0))), i32x4.splat(key1)));
  const kept = v128.not(i32x4.lt_u(bits, i32x4.splat(threshold)));
  return v128.and(f32x4.mul(x, f32x4.splat(factor)), kept);
}

export function dropout(n: i32, x: usize, key0: i32, key1: i32, threshold: u32, factor: f32, y: usize): void {
  const body = wholeVectors(n);
  let index = i32x4(0, 1, 2, 3);
  for (let at: usize = 0; at < body; at += 16) {
    v128.store(y + at, keep(v128.load(x + at), index, key0, key1, threshold, factor));
    index = i32x4.add(index, i32x4.splat(4));
  }
  for (let at = body; at < <usize>n << 2; at += 4) {
    storeOne(y + at, keep(v128.load32_splat(x + at), i32x4.splat(<i32>(at >> 2)), key0, key1, threshold, factor));
  }
}
