import * as tf from '@tensorflow/tfjs';
import type { Checkpoint } from '../checkpoint.js';
import type { FrozenWeight, QuantizedTensor } from '../frozen-weight.js';
import { codeTensors, dequantized, disposeCodes } from '../kernels/codes.js';
import { toTensors } from '../layers.js';
import { moveToTensors } from '../move-weights.js';
import { hasWasmKernels } from '../wasm-kernels.js';
import { codesInTensorFlow } from './native-codes.js';
import { dequantize, type QuantizedMatrix } from './quantized-matrix.js';

/** A base's weights on the backend. Its own values may be forgotten then; with `taken` they are. */
export function toFrozen({ weights, quantized }: Checkpoint, taken = false): Map<string, FrozenWeight> {
  const frozen = new Map<string, FrozenWeight>();
  for (const [name, matrix] of quantized ?? []) {
    frozen.set(name, toQuantizedTensor(matrix));
    if (taken) quantized!.delete(name);
  }
  const dense = taken ? moveToTensors(weights) : toTensors(weights);
  for (const [name, tensor] of dense) frozen.set(name, tensor);
  return frozen;
}

/** Codes where the current backend has its tensors. */
export function toQuantizedTensor(matrix: QuantizedMatrix): QuantizedTensor {
  if (hasWasmKernels()) return codesOnHeap(matrix);
  return tf.getBackend() === 'tensorflow' ? codesInTensorFlow(matrix) : codesInJavaScript(matrix);
}

function codesOnHeap(matrix: QuantizedMatrix): QuantizedTensor {
  const tensors = codeTensors(matrix);
  return {
    shape: matrix.shape,
    dense: () => dequantized(tensors, matrix.shape),
    dispose: () => disposeCodes(tensors),
  };
}

/** Where there is nothing better: the float32 matrix is made in JavaScript and goes to the backend for each product. */
function codesInJavaScript(matrix: QuantizedMatrix): QuantizedTensor {
  return {
    shape: matrix.shape,
    dense() {
      const { values, shape } = dequantize(matrix);
      return tf.tensor(values, shape);
    },
    dispose() {},
  };
}
