import type * as tf from '@tensorflow/tfjs';
import {
  add,
  concat,
  matMul,
  mean,
  multiply,
  oncePerStep,
  plus,
  reshape,
  reverse,
  rsqrt,
  scaled,
  sigmoid,
  square,
  subtract,
  sum,
  transpose,
} from './native-operations.js';
import type { LoraOptions, Primitives } from './primitives.js';
import { attention, attentionGrad } from './primitives-native-attention.js';
import { PLAIN_PRIMITIVES } from './primitives-plain.js';

// The primitives in as few of TensorFlow's operations as there are; notation in primitives.ts. An operation costs about 30 µs
// however small its tensors, and large tensors cost a trip to memory each: products with few columns and sums of activations go.

function rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): [tf.Tensor, tf.Tensor] {
  const inverse = rsqrt(plus(mean(square(x), 1), epsilon));
  return [multiply(multiply(x, inverse), weight), inverse];
}

/** As in primitives-plain.ts; `inverse` is a column here. */
function rmsNormGrad(dy: tf.Tensor, x: tf.Tensor, weight: tf.Tensor, inverse: tf.Tensor): tf.Tensor {
  const g = multiply(dy, weight);
  const u = multiply(x, inverse);
  return multiply(subtract(g, multiply(u, mean(multiply(g, u), 1))), inverse);
}

function rmsNormWeightGrad(dy: tf.Tensor, x: tf.Tensor, inverse: tf.Tensor): tf.Tensor {
  return reshape(sum(multiply(multiply(dy, x), inverse), 0), [x.shape[1]!]);
}

function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return multiply(multiply(gate, sigmoid(gate)), up);
}

/** With w = dy·σ(g): dUp = w·g and dGate = w·up·(1 + g - g·σ(g)). */
function swigluGrad(dy: tf.Tensor, gate: tf.Tensor, up: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const s = sigmoid(gate);
  const slope = plus(subtract(gate, multiply(gate, s)), 1);
  const w = multiply(dy, s);
  return [multiply(multiply(w, up), slope), multiply(w, gate)];
}

/** With the halves of a head as an axis of two: x·[cos,cos] + swap(x)·[-sin,sin]. */
function rotary(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor, inverse = false): tf.Tensor {
  const [rows, width] = x.shape as [number, number];
  const [length, half] = cos.shape as [number, number];
  const halves = reshape(x, [rows / length, length, width / (2 * half), 2, half]);
  const [cosines, sines, opposite] = rotaryTables(cos, sin);
  const turned = multiply(reverse(halves, 3), inverse ? opposite : sines);
  return reshape(add(multiply(halves, cosines), turned), [rows, width]);
}

/** cos, [-sin,sin] and [sin,-sin] for tensors [batch,T,heads,2,d/2]. */
const rotaryTables = oncePerStep((cos: tf.Tensor, sin: tf.Tensor): [tf.Tensor, tf.Tensor, tf.Tensor] => {
  const [length, half] = cos.shape as [number, number];
  const shaped = (table: tf.Tensor) => reshape(table, [1, length, 1, 1, half]);
  const [sine, minus] = [shaped(sin), shaped(scaled(sin, -1))];
  return [shaped(cos), concat([minus, sine], 3), concat([sine, minus], 3)];
});

/**
 * Whether to multiply by W + scale·B·A instead of adding the adapter's part to each activation. That costs four passes over the
 * weight in each direction, and saves four over the output forward and over the input backward.
 */
function mergePays(x: tf.Tensor, w: tf.Tensor): boolean {
  const [out, wide] = w.shape as [number, number];
  return x.shape[0]! * (wide + out) > 2 * wide * out;
}

/** W + scale·B·A, where a or b is multiplied by the scale already. */
const merged = (w: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => add(w, matMul(b, a));

/** Without dropout h is [r,N]: products that are long and r wide take twice as long as those that are r high. */
function loraLinear(
  x: tf.Tensor,
  w: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  options: LoraOptions,
): [tf.Tensor, tf.Tensor] {
  if (options.dropout) return PLAIN_PRIMITIVES.loraLinear(x, w, a, b, options);
  const scaledA = scaled(a, options.scale);
  const h = matMul(scaledA, x, false, true);
  if (mergePays(x, w)) return [matMul(x, merged(w, scaledA, b), false, true), h];
  return [add(matMul(x, w, false, true), matMul(h, b, true, true)), h];
}

function loraLinearGrad(
  dy: tf.Tensor,
  x: tf.Tensor,
  w: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  h: tf.Tensor,
  options: LoraOptions,
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  if (options.dropout) return PLAIN_PRIMITIVES.loraLinearGrad(dy, x, w, a, b, h, options);
  const scaledB = scaled(b, options.scale);
  const { da, db, dh } = adapterGrads(dy, x, scaledB, h);
  if (mergePays(x, w)) return [matMul(dy, merged(w, a, scaledB)), da, db];
  return [add(matMul(dy, w), matMul(dh, a, true)), da, db];
}

function loraWeightGrad(
  dy: tf.Tensor,
  x: tf.Tensor,
  b: tf.Tensor,
  h: tf.Tensor,
  options: LoraOptions,
): [tf.Tensor, tf.Tensor] {
  if (options.dropout) return PLAIN_PRIMITIVES.loraWeightGrad(dy, x, b, h, options);
  const { da, db } = adapterGrads(dy, x, scaled(b, options.scale), h);
  return [da, db];
}

/** h and dh [r,N] */
function adapterGrads(dy: tf.Tensor, x: tf.Tensor, scaledB: tf.Tensor, h: tf.Tensor) {
  const dh = matMul(transpose(scaledB, [1, 0]), dy, false, true);
  return { dh, da: matMul(dh, x), db: transpose(matMul(h, dy), [1, 0]) };
}

export const NATIVE_PRIMITIVES: Primitives = {
  ...PLAIN_PRIMITIVES,
  rmsNorm,
  rmsNormGrad,
  rmsNormWeightGrad,
  swiglu,
  swigluGrad,
  rotary,
  attention,
  attentionGrad,
  loraLinear,
  loraLinearGrad,
  loraWeightGrad,
};
