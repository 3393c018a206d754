// out[ids[i]] += x[i], in the order of i; ids outside 0…segments-1 are dropped, as TensorFlow does.
import { wholeVectors } from './math';

export function segmentSum(rows: i32, width: i32, segments: i32, x: usize, ids: usize, out: usize): void {
  const row = <usize>width << 2;
  memory.fill(out, 0, <usize>segments * row);
  for (let i = 0; i < rows; ++i) {
    const id = load<i32>(ids + (<usize>i << 2));
    if (id >= 0 && id < segments) addInto(out + <usize>id * row, x, width);
    x += row;
  }
}

/** target += x over n numbers. */
function addInto(target: usize, x: usize, n: i32): void {
  const body = wholeVectors(n);
  for (let at: usize = 0; at < body; at += 16) {
    v128.store(target + at, f32x4.add(v128.load(target + at), v128.load(x + at)));
  }
  for (let at = body; at < <usize>n << 2; at += 4) {
    store<f32>(target + at, load<f32>(target + at) + load<f32>(x + at));
  }
}
