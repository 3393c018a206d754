import * as tf from '@tensorflow/tfjs';
import type { AttentionShape } from './primitives.js';

// Attention in tfjs operations. With grouped queries the g query heads of a key head are stacked: q becomes [B,G,g·T,d],
// so that keys and values are never tiled.

export interface Sizes extends AttentionShape {
  batch: number;
  dimension: number;
  /** what scores are multiplied by: 1/√d */
  scale: number;
}

/** q [N,H·d], k and v [N,G·d] → out [N,H·d], probabilities [B·H,T,T] */
export function attention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  shape: AttentionShape,
): [tf.Tensor, tf.Tensor] {
  const sizes = sizesOf(q, shape);
  const { batch, heads, length } = sizes;
  const products = tf.matMul(tf.mul(queries(q, sizes), sizes.scale), keys(k, sizes), false, true);
  const scores = tf.add(tf.reshape(products, [batch, heads, length, length]), hiddenKeys(sizes));
  const p = tf.softmax(scores);
  const out = tf.matMul(tf.reshape(p, products.shape), keys(v, sizes));
  return [rows(out, sizes), tf.reshape(p, [batch * heads, length, length])];
}

/** With dp = dOut·vᵀ: ds = p·(dp - Σ dp·p), where Σ dp·p = dOut·out (Dao 2022) is cheaper by way of out = p·v. */
export function attentionGrad(
  dOut: tf.Tensor,
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  p: tf.Tensor,
  shape: AttentionShape,
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const sizes = sizesOf(q, shape);
  const { batch, keyValueHeads: groups, length, heads } = sizes;
  const stacked = [batch, groups, (heads / groups) * length, length];
  const [d, probabilities] = [queries(dOut, sizes), tf.reshape(p, stacked)];
  const values = keys(v, sizes);
  const dp = tf.matMul(d, values, false, true);
  const mean = tf.sum(tf.mul(d, tf.matMul(probabilities, values)), 3, true);
  const ds = tf.mul(probabilities, tf.sub(dp, mean));
  const dq = tf.mul(tf.matMul(ds, keys(k, sizes)), sizes.scale);
  const dk = tf.matMul(ds, tf.mul(queries(q, sizes), sizes.scale), true, false);
  const dv = tf.matMul(probabilities, d, true, false);
  return [rows(dq, sizes), keyRows(dk, sizes), keyRows(dv, sizes)];
}

export function sizesOf(q: tf.Tensor, shape: AttentionShape): Sizes {
  const dimension = q.shape[1]! / shape.heads;
  return { ...shape, batch: q.shape[0]! / shape.length, dimension, scale: 1 / Math.sqrt(dimension) };
}

/** [N,H·d] → [B,G,g·T,d] */
function queries(x: tf.Tensor, { batch, length, heads, keyValueHeads, dimension }: Sizes): tf.Tensor {
  const byHead = tf.transpose(tf.reshape(x, [batch, length, heads, dimension]), [0, 2, 1, 3]);
  return tf.reshape(byHead, [batch, keyValueHeads, (heads / keyValueHeads) * length, dimension]);
}

/** [N,G·d] → [B,G,T,d] */
function keys(x: tf.Tensor, { batch, length, keyValueHeads, dimension }: Sizes): tf.Tensor {
  return tf.transpose(tf.reshape(x, [batch, length, keyValueHeads, dimension]), [0, 2, 1, 3]);
}

/** [B,G,g·T,d] → [N,H·d] */
function rows(x: tf.Tensor, { batch, length, heads, dimension }: Sizes): tf.Tensor {
  const byHead = tf.reshape(x, [batch, heads, length, dimension]);
  return tf.reshape(tf.transpose(byHead, [0, 2, 1, 3]), [batch * length, heads * dimension]);
}

/** [B,G,T,d] → [N,G·d] */
function keyRows(x: tf.Tensor, { batch, length, keyValueHeads, dimension }: Sizes): tf.Tensor {
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * length, keyValueHeads * dimension]);
}

/** 0 where position i may see position j (start of i ≤ j ≤ i), else -1e9: [1 or B,1,T,T]. */
export function hiddenKeys({ batch, length, starts }: Pick<Sizes, 'batch' | 'length' | 'starts'>): tf.Tensor {
  const positions = tf.range(0, length, 1, 'int32');
  const j = tf.reshape(positions, [1, 1, 1, length]);
  const causal = tf.lessEqual(j, tf.reshape(positions, [1, 1, length, 1]));
  if (!starts) return hidden(causal);
  const visible = tf.greaterEqual(j, tf.reshape(starts, [batch, 1, length, 1]));
  return hidden(tf.logicalAnd(causal, visible));
}

const hidden = (visible: tf.Tensor) => tf.mul(tf.sub(tf.cast(visible, 'float32'), 1), 1e9);
