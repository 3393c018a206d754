import type * as tf from '@tensorflow/tfjs';
import type { AttentionShape } from './kernels/attention.js';
import type { Dropout } from './kernels/dropout.js';
import type { LoraOptions } from './kernels/lora.js';

export type { AttentionShape, Dropout, LoraOptions };

// N rows (batch·length)   D width   V vocabulary   T positions   H heads   G key-value heads   d head dimension   r rank

/** [T,d/2] or a line for each row, [N,d/2]; rotate-half, a row's position is its index modulo the number of lines */
export interface RotaryTables {
  cos: tf.Tensor;
  sin: tf.Tensor;
}

/**
 * What a backend must be able to do for the model, as pairs of forward and backward without the tape. All float32, matrices
 * [out, in] as Hugging Face stores them. primitives-wasm.ts has kernels of our own, primitives-plain.ts has tfjs operations.
 */
export interface Primitives {
  /** whether attention costs what tokens see, so that examples may lie in one long row, instead of the row's square */
  readonly takesLongRows: boolean;
  /** x [N,D], weight [D] → y = x·weight/√(mean x² + ε), and the inverse root [N] that the gradient needs */
  rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): [tf.Tensor, tf.Tensor];
  rmsNormGrad(dy: tf.Tensor, x: tf.Tensor, weight: tf.Tensor, inverse: tf.Tensor): tf.Tensor;
  rmsNormWeightGrad(dy: tf.Tensor, x: tf.Tensor, inverse: tf.Tensor): tf.Tensor;
  /** silu(gate)·up */
  swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor;
  swigluGrad(dy: tf.Tensor, gate: tf.Tensor, up: tf.Tensor): [tf.Tensor, tf.Tensor];
  /**
   * Causal attention of q [N,H·d] to k and v [N,G·d], q and k turned by their positions first where there are tables
   * → out [N,H·d], and what the gradient needs
   */
  rotaryAttention(
    q: tf.Tensor,
    k: tf.Tensor,
    v: tf.Tensor,
    tables: RotaryTables | null,
    shape: AttentionShape,
  ): [out: tf.Tensor, saved: tf.Tensor[]];
  rotaryAttentionGrad(
    dOut: tf.Tensor,
    saved: tf.Tensor[],
    tables: RotaryTables | null,
    shape: AttentionShape,
  ): [dq: tf.Tensor, dk: tf.Tensor, dv: tf.Tensor];
  /** x [N,in], w [out,in], a [r,in], b [out,r] → x·Wᵀ + scale·drop(x)·Aᵀ·Bᵀ, and h = scale·drop(x)·Aᵀ, either way round, for the gradient */
  loraLinear(
    x: tf.Tensor,
    w: tf.Tensor,
    a: tf.Tensor,
    b: tf.Tensor,
    options: LoraOptions,
  ): [tf.Tensor, tf.Tensor];
  loraLinearGrad(
    dy: tf.Tensor,
    x: tf.Tensor,
    w: tf.Tensor,
    a: tf.Tensor,
    b: tf.Tensor,
    h: tf.Tensor,
    options: LoraOptions,
  ): [tf.Tensor, tf.Tensor, tf.Tensor];
  /** the same without the input's gradient: [da, db] */
  loraWeightGrad(
    dy: tf.Tensor,
    x: tf.Tensor,
    b: tf.Tensor,
    h: tf.Tensor,
    options: LoraOptions,
  ): [tf.Tensor, tf.Tensor];
  /** logits [N,V], targets int32 [N], weights [N] → losses [N] in nats (0 where the weight is 0), d(Σ weight·loss)/d logits */
  crossEntropy(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor): [tf.Tensor, tf.Tensor];
  crossEntropyLosses(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor): tf.Tensor;
}
