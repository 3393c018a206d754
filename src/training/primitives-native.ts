import type * as tf from '@tensorflow/tfjs';
import { type Handle, onHandles } from './native-handles.js';
import {
  add,
  counted,
  matMul,
  mean,
  multiply,
  plus,
  reshape,
  rsqrt,
  scaled,
  sparseCrossEntropy,
  square,
  subtract,
  sum,
  timesSigmoid,
  transpose,
} from './native-operations.js';
import type { LoraOptions, Primitives } from './primitives.js';
import { rotaryAttention, rotaryAttentionGrad } from './primitives-native-attention.js';
import { PLAIN_PRIMITIVES } from './primitives-plain.js';

// The primitives in as few of TensorFlow's operations as there are; notation in primitives.ts. An operation costs about 10 µs
// however small its tensors, and large tensors cost a trip to memory each: products with few columns and sums of activations go.

type One = [tf.Tensor];
type Two = [tf.Tensor, tf.Tensor];
type Three = [tf.Tensor, tf.Tensor, tf.Tensor];

function rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): Two {
  return onHandles<Two>([x, weight], (input, w) => {
    const inverse = rsqrt(plus(mean(square(input!), 1), epsilon));
    return [multiply(multiply(input!, inverse), w!), inverse];
  });
}

/** As in primitives-plain.ts; `inverse` is a column here. */
function rmsNormGrad(dy: tf.Tensor, x: tf.Tensor, weight: tf.Tensor, inverse: tf.Tensor): tf.Tensor {
  const [dx] = onHandles<One>([dy, x, weight, inverse], (d, input, w, i) => {
    const g = multiply(d!, w!);
    const u = multiply(input!, i!);
    return [multiply(subtract(g, multiply(u, mean(multiply(g, u), 1))), i!)];
  });
  return dx;
}

function rmsNormWeightGrad(dy: tf.Tensor, x: tf.Tensor, inverse: tf.Tensor): tf.Tensor {
  const [dWeight] = onHandles<One>([dy, x, inverse], (d, input, i) => [
    reshape(sum(multiply(multiply(d!, input!), i!), 0), [x.shape[1]!]),
  ]);
  return dWeight;
}

function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  const [y] = onHandles<One>([gate, up], (g, u) => [multiply(timesSigmoid(g!, g!), u!)]);
  return y;
}

/** With w = dy·σ(g) and e = w·up: dUp = w·g and dGate = e·(1 + g·(1 - σ(g))) = e + e·g - e·g·σ(g). */
function swigluGrad(dy: tf.Tensor, gate: tf.Tensor, up: tf.Tensor): Two {
  return onHandles<Two>([dy, gate, up], (d, g, u) => {
    const w = timesSigmoid(d!, g!);
    const [dUp, e] = [multiply(w, g!), multiply(w, u!)];
    const eg = multiply(e, g!);
    return [add(e, subtract(eg, timesSigmoid(eg, g!))), dUp];
  });
}

/**
 * Whether to multiply by W + scale·B·A instead of adding the adapter's part to each activation. That costs four passes over the
 * weight in each direction, and saves four over the output forward and over the input backward.
 */
function mergePays(x: tf.Tensor, w: tf.Tensor): boolean {
  const [out, wide] = w.shape as [number, number];
  return x.shape[0]! * (wide + out) > 2 * wide * out;
}

/** W + scale·B·A, where a or b is multiplied by the scale already. */
const merged = (w: Handle, a: Handle, b: Handle) => add(w, matMul(b, a));

/** Without dropout h is [r,N]: products that are long and r wide take twice as long as those that are r high. */
function loraLinear(x: tf.Tensor, w: tf.Tensor, a: tf.Tensor, b: tf.Tensor, options: LoraOptions): Two {
  if (options.dropout) return PLAIN_PRIMITIVES.loraLinear(x, w, a, b, options);
  return onHandles<Two>([x, w, a, b], (input, weight, down, upward) => {
    const scaledA = scaled(down!, options.scale);
    const h = matMul(scaledA, input!, false, true);
    if (mergePays(x, w)) return [matMul(input!, merged(weight!, scaledA, upward!), false, true), h];
    return [add(matMul(input!, weight!, false, true), matMul(h, upward!, true, true)), h];
  });
}

function loraLinearGrad(
  dy: tf.Tensor,
  x: tf.Tensor,
  w: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  h: tf.Tensor,
  options: LoraOptions,
): Three {
  if (options.dropout) return PLAIN_PRIMITIVES.loraLinearGrad(dy, x, w, a, b, h, options);
  return onHandles<Three>([dy, x, w, a, b, h], (d, input, weight, down, upward, middle) => {
    const scaledB = scaled(upward!, options.scale);
    const { da, db, dh } = adapterGrads(d!, input!, scaledB, middle!);
    if (mergePays(x, w)) return [matMul(d!, merged(weight!, down!, scaledB)), da, db];
    return [add(matMul(d!, weight!), matMul(dh, down!, true)), da, db];
  });
}

function loraWeightGrad(dy: tf.Tensor, x: tf.Tensor, b: tf.Tensor, h: tf.Tensor, options: LoraOptions): Two {
  if (options.dropout) return PLAIN_PRIMITIVES.loraWeightGrad(dy, x, b, h, options);
  return onHandles<Two>([dy, x, b, h], (d, input, upward, middle) => {
    const { da, db } = adapterGrads(d!, input!, scaled(upward!, options.scale), middle!);
    return [da, db];
  });
}

/** h and dh [r,N] */
function adapterGrads(dy: Handle, x: Handle, scaledB: Handle, h: Handle) {
  const dh = matMul(transpose(scaledB, [1, 0]), dy, false, true);
  return { dh, da: matMul(dh, x), db: transpose(matMul(h, dy), [1, 0]) };
}

/** TensorFlow has one kernel for this. */
function crossEntropy(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor): Two {
  return onHandles<Two>([logits, targets, weights], (l, t, w) => {
    const [losses, gradient] = sparseCrossEntropy(l!, t!);
    return [multiply(losses, counted(w!)), multiply(gradient, reshape(w!, [weights.size, 1]))];
  });
}

export const NATIVE_PRIMITIVES: Primitives = {
  ...PLAIN_PRIMITIVES,
  rmsNorm,
  rmsNormGrad,
  rmsNormWeightGrad,
  swiglu,
  swigluGrad,
  rotaryAttention,
  rotaryAttentionGrad,
  loraLinear,
  loraLinearGrad,
  loraWeightGrad,
  crossEntropy,
  crossEntropyLosses: (logits, targets, weights) => crossEntropy(logits, targets, weights)[0],
};
