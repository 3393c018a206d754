// Cross-entropy of rows of v logits against one target each; a row of weight 0 costs nothing.
import { addWide, exp4, log, total, wholeVectors } from './math';

/**
 * losses[i] = ln Σ e^logit - logit[target]. Where `gradient` is not 0 it gets weight·(softmax - onehot), the
 * gradient of Σ weight·loss. A row of weight 0 gets loss 0 and gradient 0.
 */
export function crossEntropy(
  rows: i32, v: i32, logits: usize, targets: usize, weights: usize, losses: usize, gradient: usize,
): void {
  const row = <usize>v << 2;
  for (let i = 0; i < rows; ++i) {
    const weight = load<f32>(weights + (<usize>i << 2));
    if (weight === 0) {
      store<f32>(losses + (<usize>i << 2), 0);
      if (gradient) memory.fill(gradient, 0, row);
    } else {
      const target = <usize>load<i32>(targets + (<usize>i << 2)) << 2;
      store<f32>(losses + (<usize>i << 2), rowLoss(v, logits, target, weight, gradient));
    }
    logits += row;
    if (gradient) gradient += row;
  }
}

function rowLoss(v: i32, logits: usize, target: usize, weight: f32, gradient: usize): f32 {
  const highest = maximum(logits, v);
  const sum = sumOfExponentials(logits, v, highest, 1, gradient);
  if (gradient) {
    scale(gradient, v, <f32>(<f64>weight / sum));
    store<f32>(gradient + target, load<f32>(gradient + target) - weight);
  }
  return <f32>(log(sum) + <f64>highest - <f64>load<f32>(logits + target));
}

export function maximum(x: usize, n: i32): f32 {
  const body = wholeVectors(n);
  let tops = f32x4.splat(load<f32>(x));
  for (let at: usize = 0; at < body; at += 16) tops = f32x4.max(tops, v128.load(x + at));
  let top = max(max(f32x4.extract_lane(tops, 0), f32x4.extract_lane(tops, 1)), max(f32x4.extract_lane(tops, 2), f32x4.extract_lane(tops, 3)));
  for (let at = body; at < <usize>n << 2; at += 4) top = max(top, load<f32>(x + at));
  return top;
}

/** Σ e^((x - highest)·factor), in double; the terms are kept at `terms` if that is not 0. */
export function sumOfExponentials(x: usize, n: i32, highest: f32, factor: f32, terms: usize): f64 {
  const body = wholeVectors(n);
  const shift = f32x4.splat(highest);
  let sums = f64x2.splat(0);
  for (let at: usize = 0; at < body; at += 16) {
    const e = exp4(f32x4.mul(f32x4.sub(v128.load(x + at), shift), f32x4.splat(factor)));
    if (terms) v128.store(terms + at, e);
    sums = addWide(sums, e);
  }
  let sum = total(sums);
  for (let at = body; at < <usize>n << 2; at += 4) {
    const e = f32x4.extract_lane(exp4(f32x4.mul(f32x4.sub(v128.load32_splat(x + at), shift), f32x4.splat(factor))), 0);
    if (terms) store<f32>(terms + at, e);
    sum += <f64>e;
  }
  return sum;
}

export function scale(x: usize, n: i32, factor: f32): void {
  const body = wholeVectors(n);
  for (let at: usize = 0; at < body; at += 16) {
    v128.store(x + at, f32x4.mul(v128.load(x + at), f32x4.splat(factor)));
  }
  for (let at = body; at < <usize>n << 2; at += 4) store<f32>(x + at, load<f32>(x + at) * factor);
}
