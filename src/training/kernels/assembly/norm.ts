// RMSNorm over rows of d numbers: y = x·inverse·weight with inverse = 1/√(mean x² + epsilon).
import { addWide, total, wholeVectors } from './math';

export function rmsNorm(rows: i32, d: i32, x: usize, weight: usize, epsilon: f64, y: usize, inverse: usize): void {
  const row = <usize>d << 2;
  const body = wholeVectors(d);
  for (let i = 0; i < rows; ++i) {
    const scale = <f32>(1.0 / Math.sqrt(sumOfProducts(x, x, d) / <f64>d + epsilon));
    store<f32>(inverse + (<usize>i << 2), scale);
    for (let at: usize = 0; at < body; at += 16) {
      const scaled = f32x4.mul(v128.load(x + at), f32x4.splat(scale));
      v128.store(y + at, f32x4.mul(scaled, v128.load(weight + at)));
    }
    for (let at = body; at < row; at += 4) {
      store<f32>(y + at, load<f32>(x + at) * scale * load<f32>(weight + at));
    }
    x += row;
    y += row;
  }
}

/** dx = inverse·(dy·weight) - x·inverse³/d·Σ(dy·weight·x) */
export function rmsNormGrad(rows: i32, d: i32, dy: usize, x: usize, weight: usize, inverse: usize, dx: usize): void {
  const row = <usize>d << 2;
  const body = wholeVectors(d);
  for (let i = 0; i < rows; ++i) {
    const scale = load<f32>(inverse + (<usize>i << 2));
    const wide = <f64>scale;
    const back = <f32>(sumOfThree(dy, weight, x, d) * wide * wide * wide / <f64>d);
    for (let at: usize = 0; at < body; at += 16) {
      const direct = f32x4.mul(f32x4.mul(v128.load(dy + at), v128.load(weight + at)), f32x4.splat(scale));
      v128.store(dx + at, f32x4.sub(direct, f32x4.mul(v128.load(x + at), f32x4.splat(back))));
    }
    for (let at = body; at < row; at += 4) {
      const direct = load<f32>(dy + at) * load<f32>(weight + at) * scale;
      store<f32>(dx + at, direct - load<f32>(x + at) * back);
    }
    dy += row;
    x += row;
    dx += row;
  }
}

/** dWeight = Σ over rows of dy·x·inverse, in the order of the rows. */
export function rmsNormWeightGrad(rows: i32, d: i32, dy: usize, x: usize, inverse: usize, dWeight: usize): void {
  const row = <usize>d << 2;
  const body = wholeVectors(d);
  memory.fill(dWeight, 0, row);
  for (let i = 0; i < rows; ++i) {
    const scale = load<f32>(inverse + (<usize>i << 2));
    for (let at: usize = 0; at < body; at += 16) {
      const product = f32x4.mul(f32x4.mul(v128.load(dy + at), v128.load(x + at)), f32x4.splat(scale));
      v128.store(dWeight + at, f32x4.add(v128.load(dWeight + at), product));
    }
    for (let at = body; at < row; at += 4) {
      const product = load<f32>(dy + at) * load<f32>(x + at) * scale;
      store<f32>(dWeight + at, load<f32>(dWeight + at) + product);
    }
    dy += row;
    x += row;
  }
}

/** Σ a·b over n numbers, the sum in double. */
export function sumOfProducts(a: usize, b: usize, n: i32): f64 {
  const body = wholeVectors(n);
  let sums = f64x2.splat(0);
  for (let at: usize = 0; at < body; at += 16) {
    sums = addWide(sums, f32x4.mul(v128.load(a + at), v128.load(b + at)));
  }
  let sum = total(sums);
  for (let at = body; at < <usize>n << 2; at += 4) sum += <f64>(load<f32>(a + at) * load<f32>(b + at));
  return sum;
}

function sumOfThree(a: usize, b: usize, c: usize, n: i32): f64 {
  const body = wholeVectors(n);
  let sums = f64x2.splat(0);
  for (let at: usize = 0; at < body; at += 16) {
    sums = addWide(sums, f32x4.mul(f32x4.mul(v128.load(a + at), v128.load(b + at)), v128.load(c + at)));
  }
  let sum = total(sums);
  for (let at = body; at < <usize>n << 2; at += 4) {
    sum += <f64>(load<f32>(a + at) * load<f32>(b + at) * load<f32>(c + at));
  }
  return sum;
}
