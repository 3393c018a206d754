import * as tf from '@tensorflow/tfjs';
import {
  add,
  matMul,
  multiply,
  oncePerStep,
  reshape,
  scaled,
  softmax,
  subtract,
  sum,
  transpose,
} from './native-operations.js';
import type { AttentionShape } from './primitives.js';
import { hiddenKeys, type Sizes, sizesOf } from './primitives-plain-attention.js';

// As primitives-plain-attention.ts, in TensorFlow's own operations.

export function attention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  shape: AttentionShape,
): [tf.Tensor, tf.Tensor] {
  const sizes = sizesOf(q, shape);
  const { batch, heads, length, scale } = sizes;
  const products = matMul(queries(scaled(q, scale), sizes), keys(k, sizes), false, true);
  const scores = add(
    reshape(products, [batch, heads, length, length]),
    maskOf(sizes.starts, batch, length)[0],
  );
  const p = softmax(scores);
  const out = matMul(stacked(p, sizes), keys(v, sizes));
  return [rows(out, sizes), p];
}

const maskOf = oncePerStep((starts: tf.Tensor | undefined, batch: number, length: number): [tf.Tensor] => [
  hiddenKeys(starts ? { batch, length, starts } : { batch, length }),
]);

/** ds = p·(dp - Σ dp·p) with dp = dOut·vᵀ */
export function attentionGrad(
  dOut: tf.Tensor,
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  p: tf.Tensor,
  shape: AttentionShape,
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const sizes = sizesOf(q, shape);
  const [d, probabilities] = [queries(dOut, sizes), stacked(p, sizes)];
  const weighted = multiply(probabilities, matMul(d, keys(v, sizes), false, true));
  const ds = subtract(weighted, multiply(probabilities, sum(weighted, 3)));
  const dq = matMul(ds, keys(scaled(k, sizes.scale), sizes));
  const dk = matMul(ds, queries(scaled(q, sizes.scale), sizes), true);
  return [rows(dq, sizes), keyRows(dk, sizes), keyRows(matMul(probabilities, d, true), sizes)];
}

/** [B,H,T,T] → [B,G,g·T,T], nothing to do without grouped queries. */
function stacked(p: tf.Tensor, { batch, heads, keyValueHeads, length }: Sizes): tf.Tensor {
  if (heads === keyValueHeads) return p;
  return reshape(p, [batch, keyValueHeads, (heads / keyValueHeads) * length, length]);
}

/** [N,H·d] → [B,G,g·T,d] */
function queries(x: tf.Tensor, sizes: Sizes): tf.Tensor {
  const { batch, length, heads, keyValueHeads, dimension } = sizes;
  const byHead = transpose(reshape(x, [batch, length, heads, dimension]), [0, 2, 1, 3]);
  if (heads === keyValueHeads) return byHead;
  return reshape(byHead, [batch, keyValueHeads, (heads / keyValueHeads) * length, dimension]);
}

/** [N,G·d] → [B,G,T,d] */
function keys(x: tf.Tensor, { batch, length, keyValueHeads, dimension }: Sizes): tf.Tensor {
  return transpose(reshape(x, [batch, length, keyValueHeads, dimension]), [0, 2, 1, 3]);
}

/** [B,G,g·T,d] → [N,H·d] */
function rows(x: tf.Tensor, { batch, length, heads, keyValueHeads, dimension }: Sizes): tf.Tensor {
  const byHead = heads === keyValueHeads ? x : reshape(x, [batch, heads, length, dimension]);
  return reshape(transpose(byHead, [0, 2, 1, 3]), [batch * length, heads * dimension]);
}

/** [B,G,T,d] → [N,G·d] */
function keyRows(x: tf.Tensor, { batch, length, keyValueHeads, dimension }: Sizes): tf.Tensor {
  return reshape(transpose(x, [0, 2, 1, 3]), [batch * length, keyValueHeads * dimension]);
}
