import type * as tf from '@tensorflow/tfjs';
import { type Handle, handleOf } from './native-handles.js';
import {
  add,
  concat,
  constant,
  multiply,
  oncePerStep,
  plus,
  reshape,
  reverse,
  scaled,
} from './native-operations.js';
import type { RotaryTables } from './primitives.js';
import type { Sizes } from './primitives-plain-attention.js';

// Rotation of q, k and v side by side, [N,(H+2G)·d]. With the halves of a head as an axis of two it is x·cos + swap(x)·[-sin,sin];
// the tables hold the factor of q, 1/√d, and leave v as it is: cos 1, sin 0.

/** @param inverse the gradient of the same */
export function turned(x: Handle, tables: RotaryTables, sizes: Sizes, inverse = false): Handle {
  const { heads, keyValueHeads, dimension } = sizes;
  const positions = tables.cos.shape[0]!;
  const [rows, width] = x.shape as [number, number];
  const halves = reshape(x, [rows / positions, positions, width / dimension, 2, dimension / 2]);
  const [cos, sin, opposite] = wideTables(tables.cos, tables.sin, heads, keyValueHeads);
  const across = multiply(reverse(halves, 3), inverse ? opposite : sin);
  return reshape(add(multiply(halves, cos), across), [rows, width]);
}

/** cos, [-sin,sin] and [sin,-sin], [1,positions,H+2G,2,d/2]: as wide as what they multiply, which is faster than repeating them. */
const wideTables = oncePerStep(
  (cos: tf.Tensor, sin: tf.Tensor, heads: number, keyValueHeads: number): [Handle, Handle, Handle] => {
    const [positions, half] = cos.shape as [number, number];
    const shaped = (table: tf.Tensor) => reshape(handleOf(table), [1, positions, 1, 1, half]);
    const [turns, stays] = headFactors(heads, keyValueHeads, 1 / Math.sqrt(2 * half));
    const [cosine, sine] = [add(multiply(shaped(cos), turns), stays), multiply(shaped(sin), turns)];
    const minus = scaled(sine, -1);
    return [concat([cosine, plus(cosine, 0)], 3), concat([minus, sine], 3), concat([sine, minus], 3)];
  },
);

/** What the tables of each head are multiplied by, and what is added to its cosines, [1,1,H+2G,1,1]. */
function headFactors(heads: number, keyValueHeads: number, scale: number): [Handle, Handle] {
  const all = (count: number, value: number) => Array.from({ length: count }, () => value);
  const column = (...of: number[][]) => {
    const values = of.flat();
    return reshape(constant(values, 'float32'), [1, 1, values.length, 1, 1]);
  };
  return [
    column(all(heads, scale), all(keyValueHeads, 1), all(keyValueHeads, 0)),
    column(all(heads, 0), all(keyValueHeads, 0), all(keyValueHeads, 1)),
  ];
}
