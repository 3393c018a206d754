import * as tf from '@tensorflow/tfjs';
import type { FrozenWeight } from './frozen-weight.js';
import { differentiable, frozenLinear, loraLinear } from './ops.js';
import type { LoraOptions } from './primitives.js';
import { dropped } from './primitives-plain.js';

// DoRA (Liu et al. 2024, arXiv 2402.09353): V = W + s·B·A, y = m ⊙ (x·Vᵀ) / ‖V‖ with ‖V‖ [out] the length of each row of V, and m
// [out] learned. The gradient takes ‖V‖ as a constant (section 4.3). With dropout, as in PEFT 0.21, the base path sees all of x:
// y = x·Wᵀ + (m/‖V‖ - 1) ⊙ (drop(x)·Wᵀ) + m/‖V‖ ⊙ s·drop(x)·Aᵀ·Bᵀ

export interface DoraWeights {
  /** frozen [out,in] */
  w: FrozenWeight;
  /** squared length of each row of w, [out] */
  squares: tf.Tensor;
  /** [r,in] */
  a: tf.Tensor;
  /** [out,r] */
  b: tf.Tensor;
  /** m [out] */
  lengths: tf.Tensor;
}

/** Gradients for x, a, b and the lengths. */
export function doraLinear(x: tf.Tensor, weights: DoraWeights, { scale, dropout }: LoraOptions): tf.Tensor {
  const { w, a, b } = weights;
  if (!dropout) return withLengths(loraLinear(x, w, a, b, { scale }), weights, scale);
  const seen = differentiable(
    [x],
    ([input]) => dropped(input!, dropout),
    (dy) => [dropped(dy, dropout)],
  );
  const scaled = withLengths(loraLinear(seen, w, a, b, { scale }), weights, scale);
  return tf.add(frozenLinear(tf.sub(x, seen), w), scaled);
}

/** z [N,out] · m/‖V‖ */
function withLengths(z: tf.Tensor, weights: DoraWeights, scale: number): tf.Tensor {
  return differentiable(
    [z, weights.lengths],
    ([input, lengths], save) => {
      const norms = rowLengths(weights, scale);
      save([input!, lengths!, norms]);
      return tf.mul(input!, tf.div(lengths!, norms));
    },
    (dy, [input, lengths, norms]) => [
      tf.mul(dy, tf.div(lengths!, norms!)),
      tf.div(tf.sum(tf.mul(dy, input!), 0), norms!),
    ],
  );
}

/** ‖V‖ [out] by ‖V‖² = ‖W‖² + 2s·Σ_r (W·Aᵀ)⊙B + s²·Σ_r (B·A·Aᵀ)⊙B, without a matrix of W's size. */
function rowLengths({ w, squares, a, b }: DoraWeights, scale: number): tf.Tensor {
  const across = tf.transpose(frozenLinear(a, w));
  const within = tf.matMul(b, tf.matMul(a, a, false, true));
  const change = tf.sum(tf.mul(tf.add(tf.mul(across, 2 * scale), tf.mul(within, scale * scale)), b), 1);
  return tf.sqrt(tf.maximum(tf.add(squares, change), 0));
}
