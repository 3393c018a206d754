import * as tf from '@tensorflow/tfjs';
import { type FrozenWeight, withDense } from './frozen-weight.js';
import { onHandles } from './native-handles.js';
import { hasNativeKernels } from './native-kernels.js';
import * as native from './native-operations.js';
import type { AttentionShape, LoraOptions, Primitives, RotaryTables } from './primitives.js';
import { NATIVE_PRIMITIVES } from './primitives-native.js';
import { NATIVE_KERNEL_PRIMITIVES } from './primitives-native-kernels.js';
import { PLAIN_PRIMITIVES } from './primitives-plain.js';
import { WASM_PRIMITIVES } from './primitives-wasm.js';
import { hasWasmKernels } from './wasm-kernels.js';

/**
 * The differentiable operations of the model, each a tf.customGrad around a pair of primitives. What a gradient function needs is
 * saved on the tape; constants (frozen weights, tables, targets) are captured and get no gradient: none is ever built for them.
 */

/** The primitives of the current backend. */
export function primitives(): Primitives {
  if (hasWasmKernels()) return WASM_PRIMITIVES;
  if (tf.getBackend() !== 'tensorflow') return PLAIN_PRIMITIVES;
  return hasNativeKernels() ? NATIVE_KERNEL_PRIMITIVES : NATIVE_PRIMITIVES;
}

/** Tensors that depend on nothing that is trained: no gradient is built for them. */
const constants = new WeakSet<tf.Tensor>();

/** Marks a tensor as one that nobody needs the gradient of. */
export function withoutGradient(x: tf.Tensor): tf.Tensor {
  constants.add(x);
  return x;
}

/** Whether nobody needs its gradient. */
export const isConstant = (x: tf.Tensor) => constants.has(x);

type Save = (tensors: tf.Tensor[]) => void;
type Forward = (inputs: tf.Tensor[], save: Save) => tf.Tensor;
type Backward = (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[];

/**
 * One output; one gradient for each input. What was saved goes as soon as it was used, and so does all that a gradient makes on
 * its way: tfjs by itself keeps both until the last gradient is there.
 */
export function differentiable(inputs: tf.Tensor[], forward: Forward, backward: Backward): tf.Tensor {
  const operation = tf.customGrad((...args) => {
    const save = args.pop() as unknown as Save;
    const value = forward(args as tf.Tensor[], save);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const gradients = tf.tidy(() => backward(dy, saved));
      tf.dispose(saved);
      return gradients;
    };
    return { value, gradFunc };
  });
  return operation(...inputs);
}

/** Rows of x [n,D] by their int32 numbers. tfjs's own gather on native TensorFlow reads the numbers back, to check them. */
export function gatherRows(x: tf.Tensor, rows: tf.Tensor): tf.Tensor {
  if (tf.getBackend() !== 'tensorflow') return tf.gather(x, rows as tf.Tensor1D);
  const count = x.shape[0]!;
  return differentiable(
    [x],
    ([table]) =>
      onHandles<[tf.Tensor]>([table!, rows], (from, numbers) => [native.gatherRows(from!, numbers!)])[0],
    (dy) => onHandles<[tf.Tensor]>([dy, rows], (d, numbers) => [native.addToRows(d!, numbers!, count)]),
  );
}

/** x [N,in] · Wᵀ with a frozen w [out,in]. */
export function frozenLinear(x: tf.Tensor, w: FrozenWeight): tf.Tensor {
  return differentiable(
    [x],
    ([input]) => withDense(w, (dense) => tf.matMul(input!, dense, false, true)),
    (dy) => [withDense(w, (dense) => tf.matMul(dy, dense))],
  );
}

/** x [N,in] · Wᵀ, both with gradients. */
export function linear(x: tf.Tensor, w: tf.Tensor): tf.Tensor {
  return differentiable(
    [x, w],
    ([input, weight], save) => {
      save([input!, weight!]);
      return tf.matMul(input!, weight!, false, true);
    },
    (dy, [input, weight]) => [tf.matMul(dy, weight!), tf.matMul(dy, input!, true, false)],
  );
}

/** A frozen linear layer and its adapter: gradients for x, a and b. */
export function loraLinear(
  x: tf.Tensor,
  w: FrozenWeight,
  a: tf.Tensor,
  b: tf.Tensor,
  options: LoraOptions,
): tf.Tensor {
  const p = primitives();
  if (constants.has(x)) {
    return differentiable(
      [a, b],
      (inputs, save) => {
        const [y, h] = withDense(w, (dense) => p.loraLinear(x, dense, inputs[0]!, inputs[1]!, options));
        save([x, inputs[1]!, h]);
        return y;
      },
      (dy, saved) => p.loraWeightGrad(dy, saved[0]!, saved[1]!, saved[2]!, options),
    );
  }
  return differentiable(
    [x, a, b],
    (inputs, save) => {
      const [y, h] = withDense(w, (dense) =>
        p.loraLinear(inputs[0]!, dense, inputs[1]!, inputs[2]!, options),
      );
      save([...inputs, h]);
      return y;
    },
    (dy, [input, aNow, bNow, h]) =>
      withDense(w, (dense) => p.loraLinearGrad(dy, input!, dense, aNow!, bNow!, h!, options)),
  );
}

/** RMSNorm with a frozen weight [D]. */
export function frozenRmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): tf.Tensor {
  const p = primitives();
  if (constants.has(x)) return withoutGradient(tf.tidy(() => p.rmsNorm(x, weight, epsilon)[0]));
  return differentiable(
    [x],
    ([input], save) => {
      const [y, inverse] = p.rmsNorm(input!, weight, epsilon);
      save([input!, inverse]);
      return y;
    },
    (dy, [input, inverse]) => [p.rmsNormGrad(dy, input!, weight, inverse!)],
  );
}

/** RMSNorm, x [N,D] and weight [D] both with gradients. */
export function rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): tf.Tensor {
  const p = primitives();
  return differentiable(
    [x, weight],
    ([input, w], save) => {
      const [y, inverse] = p.rmsNorm(input!, w!, epsilon);
      save([input!, w!, inverse]);
      return y;
    },
    (dy, [input, w, inverse]) => [
      p.rmsNormGrad(dy, input!, w!, inverse!),
      p.rmsNormWeightGrad(dy, input!, inverse!),
    ],
  );
}

export function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  const p = primitives();
  return differentiable(
    [gate, up],
    ([g, u], save) => {
      save([g!, u!]);
      return p.swiglu(g!, u!);
    },
    (dy, [g, u]) => p.swigluGrad(dy, g!, u!),
  );
}

/** Causal attention of q [N,H·d] to k and v [N,G·d], turned by their positions where there are tables, which are constants. */
export function rotaryAttention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  tables: RotaryTables | null,
  shape: AttentionShape,
): tf.Tensor {
  const p = primitives();
  return differentiable(
    [q, k, v],
    (inputs, save) => {
      const [out, saved] = p.rotaryAttention(inputs[0]!, inputs[1]!, inputs[2]!, tables, shape);
      save(saved);
      return out;
    },
    (dy, saved) => p.rotaryAttentionGrad(dy, saved, tables, shape),
  );
}

/** Σ weight·loss in nats, a scalar. logits [N,V], targets int32 [N], weights [N]. */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor): tf.Tensor {
  const p = primitives();
  return differentiable(
    [logits],
    ([input], save) => {
      const [losses, gradient] = p.crossEntropy(input!, targets, weights);
      save([gradient]);
      return tf.sum(tf.mul(losses, weights));
    },
    (dy, [gradient]) => [tf.mul(gradient!, dy)],
  );
}
