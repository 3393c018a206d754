import type * as tf from '@tensorflow/tfjs';
import type { AttentionShape, Primitives, RotaryTables } from './primitives.js';

/** Rotation and attention of a backend that has them apart. */
export interface SeparateAttention {
  /** rotate-half; x [N,H·d], a row's position is its index modulo the table's length; the gradient is the inverse */
  rotary(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor, inverse?: boolean): tf.Tensor;
  /** q [N,H·d], k and v [N,G·d] → out [N,H·d], and the probabilities that the gradient needs */
  attention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, shape: AttentionShape): [tf.Tensor, tf.Tensor];
  attentionGrad(
    dOut: tf.Tensor,
    q: tf.Tensor,
    k: tf.Tensor,
    v: tf.Tensor,
    p: tf.Tensor,
    shape: AttentionShape,
  ): [tf.Tensor, tf.Tensor, tf.Tensor];
}

/** The two as one primitive. */
export function rotaryAttentionOf({
  rotary,
  attention,
  attentionGrad,
}: SeparateAttention): Pick<Primitives, 'rotaryAttention' | 'rotaryAttentionGrad'> {
  const turn = (x: tf.Tensor, tables: RotaryTables | null, inverse: boolean) =>
    tables ? rotary(x, tables.cos, tables.sin, inverse) : x;
  return {
    rotaryAttention(q, k, v, tables, shape) {
      const [queries, keys] = [turn(q, tables, false), turn(k, tables, false)];
      const [out, p] = attention(queries, keys, v, shape);
      return [out, [queries, keys, v, p]];
    },
    rotaryAttentionGrad(dOut, saved, tables, shape) {
      const [q, k, v, p] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const [dq, dk, dv] = attentionGrad(dOut, q, k, v, p, shape);
      return [turn(dq, tables, true), turn(dk, tables, true), dv];
    },
  };
}
