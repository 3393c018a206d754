import * as tf from '@tensorflow/tfjs';
import type { Rows } from './llama.js';

/** Leaves the rows behind whose next token nobody asks for. */
export function wantedOf({ wanted }: Rows): (all: tf.Tensor) => tf.Tensor {
  return (all) => (wanted ? tf.gather(all, wanted as tf.Tensor1D) : all);
}
