import type * as tf from '@tensorflow/tfjs';
import type { Rows } from './llama.js';
import { gatherRows } from './ops.js';

/** Leaves the rows behind whose next token nobody asks for. */
export function wantedOf({ wanted }: Rows): (all: tf.Tensor) => tf.Tensor {
  return (all) => (wanted ? gatherRows(all, wanted) : all);
}
