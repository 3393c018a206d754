import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs';
import type { WeightTensors } from './layers.js';
import { handleOf } from './native-handles.js';
import type { TensorFile } from './safetensors.js';

/** Bytes that JavaScript may hold of what has gone to the backend. */
const MOST_GARBAGE = 64 * 2 ** 20;

/**
 * The weights as tensors on the backend, taken out of `weights` one by one: two whole copies are never in memory. JavaScript's collector
 * does not see what a backend takes up, and would leave its own copy there for long.
 */
export function moveToTensors(weights: TensorFile): WeightTensors {
  const tensors: WeightTensors = new Map();
  let garbage = 0;
  for (const name of [...weights.keys()]) {
    const bytes = weights.get(name)!.values.byteLength;
    tensors.set(name, moved(weights, name));
    garbage += bytes;
    if (garbage < MOST_GARBAGE) continue;
    collectGarbage();
    garbage = 0;
  }
  return tensors;
}

/** In a function of its own: nothing of it stays on the stack. */
function moved(weights: TensorFile, name: string): tf.Tensor {
  const { values, shape } = weights.get(name)!;
  weights.delete(name);
  return uploaded(tf.tensor(values, shape));
}

/** tfjs-node keeps the values in JavaScript until an operation needs them. */
function uploaded(tensor: tf.Tensor): tf.Tensor {
  if (tf.getBackend() === 'tensorflow') handleOf(tensor);
  return tensor;
}

let collector: (() => void) | null = null;

function collectGarbage(): void {
  if (!collector) {
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc') as () => void;
  }
  collector();
}
