import * as tf from '@tensorflow/tfjs';
import type { RotaryTables } from './primitives.js';
import { rotary } from './primitives-plain.js';

// What earlier tokens left for later ones to see, so that each new token costs one row.
// B sequences   T tokens of each now   S columns that are kept, the T included   H heads   G key-value heads   d head dimension

/** Keys and values of one layer, [B,G,S,d]. */
interface Layer {
  keys: tf.Tensor4D;
  values: tf.Tensor4D;
}

/**
 * Keys and values of B sequences in all layers. A column is one token of each sequence, or padding of some: prompts are padded at their
 * end, answers go on after the longest prompt. Turned by their true positions before they are kept, columns may stand anywhere.
 * In plain operations, which every backend has; no gradient.
 */
export class KeyValueCache {
  private readonly layers: Layer[] = [];

  /**
   * @param lengths tokens of each prompt
   * @param longest of them: answers begin in this column
   */
  constructor(
    private readonly lengths: readonly number[],
    private readonly longest: number,
    private readonly heads: number,
    private readonly keyValueHeads: number,
  ) {}

  /**
   * q [B·T,H·d], k and v [B·T,G·d] → what each row sees, [B·T,H·d]; keeps k and v. Causal among the T; either the prompts (nothing is
   * kept yet) or one token of each sequence.
   */
  attend(layer: number, q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, tables: RotaryTables | null): tf.Tensor {
    const batch = this.lengths.length;
    const length = q.shape[0]! / batch;
    const dimension = q.shape[1]! / this.heads;
    const turned = (x: tf.Tensor, heads: number) =>
      byHead(tables ? rotary(x, tables.cos, tables.sin) : x, batch, length, heads);
    const kept = this.keep(
      layer,
      turned(k, this.keyValueHeads),
      byHead(v, batch, length, this.keyValueHeads),
    );
    const grouped = [batch, this.keyValueHeads, (this.heads / this.keyValueHeads) * length, dimension];
    const scaled = tf.mul(tf.reshape(turned(q, this.heads), grouped), 1 / Math.sqrt(dimension));
    const products = tf.matMul(scaled, kept.keys, false, true);
    const columns = kept.keys.shape[2];
    const scores = tf.add(
      tf.reshape(products, [batch, this.heads, length, columns]),
      this.hidden(length, columns),
    );
    const seen = tf.matMul(tf.reshape(tf.softmax(scores), products.shape), kept.values);
    const rows = tf.transpose(tf.reshape(seen, [batch, this.heads, length, dimension]), [0, 2, 1, 3]);
    return tf.reshape(rows, [batch * length, this.heads * dimension]);
  }

  dispose(): void {
    for (const { keys, values } of this.layers) tf.dispose([keys, values]);
    this.layers.length = 0;
  }

  private keep(layer: number, keys: tf.Tensor4D, values: tf.Tensor4D): Layer {
    const before = this.layers[layer];
    const join = (old: tf.Tensor4D | undefined, added: tf.Tensor4D) =>
      tf.keep(old ? tf.concat([old, added], 2) : tf.clone(added));
    const now = { keys: join(before?.keys, keys), values: join(before?.values, values) };
    if (before) tf.dispose([before.keys, before.values]);
    this.layers[layer] = now;
    return now;
  }

  /** 0 where a row sees a column, else -1e9: [B,1,T,S] */
  private hidden(length: number, columns: number): tf.Tensor {
    const { lengths, longest } = this;
    const values = new Float32Array(lengths.length * length * columns);
    for (const [b, own] of lengths.entries()) {
      for (let row = 0; row < length; row++) {
        const last = columns - length + row;
        const at = (b * length + row) * columns;
        for (let column = 0; column < columns; column++) {
          const isPadding = column >= own && column < longest;
          const isSelf = column === last;
          if (column > last || (isPadding && !isSelf)) values[at + column] = -1e9;
        }
      }
    }
    return tf.tensor(values, [lengths.length, 1, length, columns]);
  }
}

/** [B·T,h·d] → [B,h,T,d] */
function byHead(x: tf.Tensor, batch: number, length: number, heads: number): tf.Tensor4D {
  const split = tf.reshape(x, [batch, length, heads, x.shape[1]! / heads]);
  return tf.transpose(split, [0, 2, 1, 3]) as tf.Tensor4D;
}
