import * as tf from '@tensorflow/tfjs';
import { keepMask } from './kernels/dropout.js';
import type { Dropout, LoraOptions, Primitives } from './primitives.js';
import { attention, attentionGrad } from './primitives-plain-attention.js';
import { rotaryAttentionOf } from './separate-attention.js';

// The primitives in tfjs operations, for every backend; notation in primitives.ts.

function rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): [tf.Tensor, tf.Tensor] {
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), epsilon));
  return [tf.mul(tf.mul(x, inverse), weight), tf.reshape(inverse, [-1])];
}

/** With g = dy·weight and u = x·inverse: dx = inverse·(g - u·mean(g·u)). */
function rmsNormGrad(dy: tf.Tensor, x: tf.Tensor, weight: tf.Tensor, inverse: tf.Tensor): tf.Tensor {
  const column = tf.reshape(inverse, [-1, 1]);
  const g = tf.mul(dy, weight);
  const u = tf.mul(x, column);
  return tf.mul(column, tf.sub(g, tf.mul(u, tf.mean(tf.mul(g, u), 1, true))));
}

function rmsNormWeightGrad(dy: tf.Tensor, x: tf.Tensor, inverse: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(tf.mul(dy, x), tf.reshape(inverse, [-1, 1])), 0);
}

function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(gate, tf.sigmoid(gate)), up);
}

/** silu'(g) = σ(g)·(1 + g·(1 - σ(g))) */
function swigluGrad(dy: tf.Tensor, gate: tf.Tensor, up: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const sigmoid = tf.sigmoid(gate);
  const silu = tf.mul(gate, sigmoid);
  const slope = tf.add(sigmoid, tf.sub(silu, tf.mul(silu, sigmoid)));
  return [tf.mul(tf.mul(dy, up), slope), tf.mul(dy, silu)];
}

export function rotary(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor, inverse = false): tf.Tensor {
  const [rows, width] = x.shape as [number, number];
  const [length, half] = cos.shape as [number, number];
  const [p, q] = tf.split(tf.reshape(x, [rows / length, length, width / (2 * half), 2 * half]), 2, 3);
  const [c, s] = [cos, inverse ? tf.neg(sin) : sin].map((table) => tf.reshape(table, [1, length, 1, half]));
  const turned = [tf.sub(tf.mul(p!, c!), tf.mul(q!, s!)), tf.add(tf.mul(q!, c!), tf.mul(p!, s!))];
  return tf.reshape(tf.concat(turned, 3), [rows, width]);
}

/** drop(x) with the same bits as the WASM kernel draws. */
export function dropped(x: tf.Tensor, dropout: Dropout | undefined): tf.Tensor {
  return dropout ? tf.mul(x, tf.tensor(scaledMask(x.size, dropout), x.shape)) : x;
}

/** Masks of the draws that are still in use: a step's forward and backward pass share one. */
const masks = new WeakMap<Dropout, Float32Array>();

function scaledMask(n: number, dropout: Dropout): Float32Array {
  const known = masks.get(dropout);
  if (known?.length === n) return known;
  const scale = Math.fround(1 / (1 - dropout.rate));
  const mask = new Float32Array(keepMask(n, dropout));
  for (let i = 0; i < n; i++) mask[i]! *= scale;
  masks.set(dropout, mask);
  return mask;
}

function loraLinear(
  x: tf.Tensor,
  w: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  { scale, dropout }: LoraOptions,
): [tf.Tensor, tf.Tensor] {
  const h = tf.mul(tf.matMul(dropped(x, dropout), a, false, true), scale);
  return [tf.add(tf.matMul(x, w, false, true), tf.matMul(h, b, false, true)), h];
}

function loraLinearGrad(
  dy: tf.Tensor,
  x: tf.Tensor,
  w: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  h: tf.Tensor,
  { scale, dropout }: LoraOptions,
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const dh = tf.mul(tf.matMul(dy, b), scale);
  const dx = tf.add(tf.matMul(dy, w), dropped(tf.matMul(dh, a), dropout));
  return [dx, tf.matMul(dh, dropped(x, dropout), true, false), tf.matMul(dy, h, true, false)];
}

function loraWeightGrad(
  dy: tf.Tensor,
  x: tf.Tensor,
  b: tf.Tensor,
  h: tf.Tensor,
  { scale, dropout }: LoraOptions,
): [tf.Tensor, tf.Tensor] {
  const dh = tf.mul(tf.matMul(dy, b), scale);
  return [tf.matMul(dh, dropped(x, dropout), true, false), tf.matMul(dy, h, true, false)];
}

function crossEntropy(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const [losses, gradient] = softmaxLosses(logits, targets);
  const counted = tf.cast(tf.notEqual(weights, 0), 'float32');
  return [tf.mul(losses, counted), tf.mul(gradient, tf.reshape(weights, [-1, 1]))];
}

/** By way of a one-hot matrix: tfjs has no gradient of a gather along rows. */
function softmaxLosses(logits: tf.Tensor, targets: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const logProbabilities = tf.logSoftmax(logits);
  const oneHot = tf.oneHot(targets as tf.Tensor1D, logits.shape[1]!, 1, 0, 'float32');
  const losses = tf.neg(tf.sum(tf.mul(logProbabilities, oneHot), 1));
  return [losses, tf.sub(tf.exp(logProbabilities), oneHot)];
}

export const PLAIN_PRIMITIVES: Primitives = {
  takesLongRows: false,
  rmsNorm,
  rmsNormGrad,
  rmsNormWeightGrad,
  swiglu,
  swigluGrad,
  ...rotaryAttentionOf({ rotary, attention, attentionGrad }),
  loraLinear,
  loraLinearGrad,
  loraWeightGrad,
  crossEntropy,
  crossEntropyLosses: (logits, targets, weights) => crossEntropy(logits, targets, weights)[0],
};
