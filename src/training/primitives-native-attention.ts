import * as tf from '@tensorflow/tfjs';
import { type Handle, handleOf, onHandles } from './native-handles.js';
import {
  add,
  concat,
  matMul,
  multiply,
  oncePerStep,
  reshape,
  scaled,
  softmax,
  split,
  subtract,
  sum,
  transpose,
} from './native-operations.js';
import { turned } from './native-rotary.js';
import type { AttentionShape, RotaryTables } from './primitives.js';
import { hiddenKeys, type Sizes, sizesOf } from './primitives-plain-attention.js';

// As primitives-plain-attention.ts, in TensorFlow's own operations. q, k and v are turned and put in the order of heads side by
// side, as one tensor [N,(H+2G)·d]: one operation does the work of three.

type Three = [q: Handle, k: Handle, v: Handle];

/** Saves q·scale [B,G,g·T,d], k and v [B,G,T,d] and the probabilities [B,G,g·T,T]. */
export function rotaryAttention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  tables: RotaryTables | null,
  shape: AttentionShape,
): [tf.Tensor, tf.Tensor[]] {
  const sizes = sizesOf(q, shape);
  const [out, ...saved] = onHandles<tf.Tensor[]>([q, k, v], (...rows) => {
    const joined = concat(tables ? rows : [scaled(rows[0]!, sizes.scale), rows[1]!, rows[2]!], 1);
    const [queries, keys, values] = byHead(tables ? turned(joined, tables, sizes) : joined, sizes);
    const p = softmax(masked(matMul(queries, keys, false, true), sizes));
    return [toRows(matMul(p, values), sizes), queries, keys, values, p];
  });
  return [out!, saved];
}

/** ds = p·(dp - Σ dp·p) with dp = dOut·vᵀ */
export function rotaryAttentionGrad(
  dOut: tf.Tensor,
  saved: tf.Tensor[],
  tables: RotaryTables | null,
  shape: AttentionShape,
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const sizes = sizesOf(dOut, shape);
  const { batch, length, heads, keyValueHeads, dimension, scale } = sizes;
  return onHandles<[tf.Tensor, tf.Tensor, tf.Tensor]>([dOut, ...saved], (out, queries, keys, values, p) => {
    const d = fromRows(out!, sizes);
    const weighted = multiply(p!, matMul(d, values!, false, true));
    const ds = subtract(weighted, multiply(p!, sum(weighted, 3)));
    const dq = reshape(matMul(ds, keys!), [batch, heads, length, dimension]);
    const joined = joinedRows([dq, matMul(ds, queries!, true), matMul(p!, d, true)], sizes);
    const widths = [heads, keyValueHeads, keyValueHeads].map((count) => count * dimension);
    const [rows, dk, dv] = split(tables ? turned(joined, tables, sizes, true) : joined, widths, 1) as Three;
    return [tables ? rows : scaled(rows, scale), dk, dv];
  });
}

/** [B,G,g·T,T] → the same where a query sees the key, very negative where not */
function masked(scores: Handle, { batch, length, heads, keyValueHeads, starts }: Sizes): Handle {
  const [mask] = maskOf(starts, batch, length);
  if (heads === keyValueHeads) return add(scores, mask);
  return reshape(add(reshape(scores, [batch, heads, length, length]), mask), scores.shape);
}

const maskOf = oncePerStep((starts: tf.Tensor | undefined, batch: number, length: number): [Handle] => {
  const mask = tf.tidy(() => tf.keep(hiddenKeys(starts ? { batch, length, starts } : { batch, length })));
  const own = reshape(handleOf(mask), mask.shape);
  mask.dispose();
  return [own];
});

/** [N,(H+2G)·d] → [B,G,g·T,d] and twice [B,G,T,d] */
function byHead(joined: Handle, sizes: Sizes): Three {
  const { batch, length, heads, keyValueHeads, dimension } = sizes;
  const all = [batch, length, heads + 2 * keyValueHeads, dimension];
  const parts = split(
    transpose(reshape(joined, all), [0, 2, 1, 3]),
    [heads, keyValueHeads, keyValueHeads],
    1,
  );
  const [q, k, v] = parts as Three;
  return [stacked(q, sizes), k, v];
}

/** The other way round, from [B,H,T,d] and twice [B,G,T,d]. */
function joinedRows(parts: Three, { batch, length }: Sizes): Handle {
  const joined = transpose(concat(parts, 1), [0, 2, 1, 3]);
  return reshape(joined, [batch * length, joined.shape[2]! * joined.shape[3]!]);
}

/** [B,H,T,d] → [B,G,g·T,d], nothing to do without grouped queries. */
function stacked(x: Handle, { batch, heads, keyValueHeads, length, dimension }: Sizes): Handle {
  if (heads === keyValueHeads) return x;
  return reshape(x, [batch, keyValueHeads, (heads / keyValueHeads) * length, dimension]);
}

/** [N,H·d] → [B,G,g·T,d] */
function fromRows(x: Handle, sizes: Sizes): Handle {
  const { batch, length, heads, dimension } = sizes;
  return stacked(transpose(reshape(x, [batch, length, heads, dimension]), [0, 2, 1, 3]), sizes);
}

/** [B,G,g·T,d] → [N,H·d] */
function toRows(x: Handle, { batch, length, heads, dimension }: Sizes): Handle {
  const rows = transpose(reshape(x, [batch, heads, length, dimension]), [0, 2, 1, 3]);
  return reshape(rows, [batch * length, heads * dimension]);
}
