import type * as tf from '@tensorflow/tfjs';
import { binding, execute, type Handle, handleOf, onHandles } from './native-handles.js';
import { constant, matMul } from './native-operations.js';
import type { AttentionShape, LoraOptions, Primitives, RotaryTables } from './primitives.js';
import { NATIVE_PRIMITIVES } from './primitives-native.js';
import { sizesOf } from './primitives-plain-attention.js';

// The primitives in our own operations for TensorFlow on the CPU, native-kernels/*.cc, and TensorFlow's products of matrices.

type One = [tf.Tensor];
type Two = [tf.Tensor, tf.Tensor];
type Three = [tf.Tensor, tf.Tensor, tf.Tensor];

/** Those of our operations; what is left out is 1. */
interface Settings {
  factor?: number;
  length?: number;
  heads?: number;
  groups?: number;
}

function run(name: string, inputs: Handle[], settings: Settings = {}, outputs = 1): Handle[] {
  const { TF_ATTR_FLOAT, TF_ATTR_INT } = binding();
  const attributes = Object.entries(settings).map(([key, value]) => ({
    name: key,
    type: key === 'factor' ? TF_ATTR_FLOAT : TF_ATTR_INT,
    value,
  }));
  return execute(`Ranksweep${name}`, attributes, inputs, outputs);
}

const one = (name: string, inputs: Handle[], settings?: Settings) => run(name, inputs, settings)[0]!;

function rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): Two {
  return onHandles<Two>([x, weight], (...inputs) => run('RmsNorm', inputs, { factor: epsilon }, 2) as never);
}

function rmsNormGrad(dy: tf.Tensor, x: tf.Tensor, weight: tf.Tensor, inverse: tf.Tensor): tf.Tensor {
  return onHandles<One>([dy, x, weight, inverse], (...inputs) => [one('RmsNormGrad', inputs)])[0];
}

function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return onHandles<One>([gate, up], (...inputs) => [one('Swiglu', inputs)])[0];
}

function swigluGrad(dy: tf.Tensor, gate: tf.Tensor, up: tf.Tensor): Two {
  return onHandles<Two>([dy, gate, up], (...inputs) => run('SwigluGrad', inputs, {}, 2) as never);
}

function crossEntropy(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor): Two {
  return onHandles<Two>(
    [logits, targets, weights],
    (...inputs) => run('CrossEntropy', inputs, {}, 2) as never,
  );
}

const settingsOf = ({ length, heads, keyValueHeads: groups }: AttentionShape) => ({ length, heads, groups });

/** cos and sin, or two empty tables: nothing is turned then. */
const tablesOf = (tables: RotaryTables | null): [Handle, Handle] =>
  tables ? [handleOf(tables.cos), handleOf(tables.sin)] : [constant([], 'float32'), constant([], 'float32')];

/** Saves q·scale [B,G,g·T,d], k and v [B,G,T,d] and the probabilities [B,G,g·T,T]. */
function rotaryAttention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  tables: RotaryTables | null,
  shape: AttentionShape,
): [tf.Tensor, tf.Tensor[]] {
  const settings = settingsOf(shape);
  const factor = sizesOf(q, shape).scale;
  const [out, ...saved] = onHandles<tf.Tensor[]>([q, k, v], (...rows) => {
    const heads = run('RotaryHeads', [...rows, ...tablesOf(tables)], { ...settings, factor }, 3);
    const [queries, keys, values] = heads as [Handle, Handle, Handle];
    const starts = shape.starts ? handleOf(shape.starts) : constant([]);
    const p = one('CausalSoftmax', [matMul(queries, keys, false, true), starts], settings);
    return [one('MergeHeads', [matMul(p, values)], settings), queries, keys, values, p];
  });
  return [out!, saved];
}

function rotaryAttentionGrad(
  dOut: tf.Tensor,
  saved: tf.Tensor[],
  tables: RotaryTables | null,
  shape: AttentionShape,
): Three {
  const settings = settingsOf(shape);
  const factor = sizesOf(dOut, shape).scale;
  return onHandles<Three>([dOut, ...saved], (out, queries, keys, values, p) => {
    const d = one('SplitHeads', [out!], settings);
    const ds = one('SoftmaxGrad', [p!, matMul(d, values!, false, true)], settings);
    const grads = [matMul(ds, keys!), matMul(ds, queries!, true), matMul(p!, d, true)];
    return run('RotaryHeadsGrad', [...grads, ...tablesOf(tables)], { ...settings, factor }, 3) as never;
  });
}

/** y + h·bᵀ, or y + h·b where b lies as [r,J]. y is changed in place: only for what was made here. */
function addLowRank(y: Handle, h: Handle, b: Handle, transposed: boolean): Handle {
  run('AddLowRank', [y, h, b], { groups: transposed ? 2 : 1 }, 0);
  return y;
}

/** h [N,r] */
function loraLinear(x: tf.Tensor, w: tf.Tensor, a: tf.Tensor, b: tf.Tensor, options: LoraOptions): Two {
  if (options.dropout) return NATIVE_PRIMITIVES.loraLinear(x, w, a, b, options) as Two;
  return onHandles<Two>([x, w, a, b], (input, weight, down, up) => {
    const h = one('LowRank', [input!, down!], { factor: options.scale });
    return [addLowRank(matMul(input!, weight!, false, true), h, up!, false), h];
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
  if (options.dropout) return NATIVE_PRIMITIVES.loraLinearGrad(dy, x, w, a, b, h, options) as Three;
  return onHandles<Three>([dy, x, w, a, b, h], (d, input, weight, down, up, middle) => {
    const [dh, db] = run('LowRankGrad', [d!, middle!, up!], { factor: options.scale }, 2) as [Handle, Handle];
    return [addLowRank(matMul(d!, weight!), dh, down!, true), one('OuterProduct', [dh, input!]), db];
  });
}

function loraWeightGrad(dy: tf.Tensor, x: tf.Tensor, b: tf.Tensor, h: tf.Tensor, options: LoraOptions): Two {
  if (options.dropout) return NATIVE_PRIMITIVES.loraWeightGrad(dy, x, b, h, options) as Two;
  return onHandles<Two>([dy, x, b, h], (d, input, up, middle) => {
    const [dh, db] = run('LowRankGrad', [d!, middle!, up!], { factor: options.scale }, 2) as [Handle, Handle];
    return [one('OuterProduct', [dh, input!]), db];
  });
}

export const NATIVE_KERNEL_PRIMITIVES: Primitives = {
  ...NATIVE_PRIMITIVES,
  rmsNorm,
  rmsNormGrad,
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
