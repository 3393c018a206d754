import * as tf from '@tensorflow/tfjs';
import type { WeightTensors } from './layers.js';
import type { Layers } from './llama.js';
import { differentiable, isConstant, withoutGradient } from './ops.js';

// Gradient checkpointing (Chen et al. 2016, arXiv 1604.06174): of each layer only its input stays until the backward pass, which
// computes the layer again. The same operations on the same numbers, dropout's masks included: the same gradients, bit for bit.

/**
 * Layers of which each block is computed again in the backward pass.
 * @param parameters what is trained, by names that hold the path of their layer; looked up at each step
 */
export function recomputingLayers(layers: Layers, parameters: WeightTensors): Layers {
  return { ...layers, block: (x, path, compute) => recomputed(x, parametersOf(parameters, path), compute) };
}

/** The path ends in a number: model.layers.1 is not model.layers.10. */
function parametersOf(parameters: WeightTensors, path: string): tf.Tensor[] {
  return [...parameters].filter(([name]) => name.includes(`${path}.`)).map(([, tensor]) => tensor);
}

/**
 * compute(x), of which the tape keeps x alone.
 * @param parameters all that compute uses beside x and that has a gradient
 */
function recomputed(x: tf.Tensor, parameters: tf.Tensor[], compute: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  if (isConstant(x)) return ofConstant(x, parameters, compute);
  return differentiable(
    [x, ...parameters],
    ([input], save) => {
      save([input!]);
      return compute(input!);
    },
    (dy, [input]) => {
      const again = (from: tf.Tensor, ..._: tf.Tensor[]) => compute(from);
      return withinBackward(() => tf.grads(again)([input!, ...parameters], dy));
    },
  );
}

function ofConstant(x: tf.Tensor, parameters: tf.Tensor[], compute: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  if (parameters.length === 0) return withoutGradient(tf.tidy(() => compute(x)));
  return differentiable(
    parameters,
    (_, save) => {
      save([x]);
      return compute(x);
    },
    (dy, [input]) => {
      const again = (..._: tf.Tensor[]) => compute(withoutGradient(input!));
      return withinBackward(() => tf.grads(again)(parameters, dy));
    },
  );
}

/** tfjs 4.22 forgets the outer tape, which it still cleans up after, when a gradient is asked for inside a gradient. */
function withinBackward<Result>(gradients: () => Result): Result {
  const { state } = tf.engine();
  const tape = state.activeTape;
  try {
    return gradients();
  } finally {
    state.activeTape = tape;
  }
}
