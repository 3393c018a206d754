import * as tf from '@tensorflow/tfjs';
import { compileKernels } from './kernels/heap.js';
import { batchMatMul } from './kernels/mat-mul.js';
import { slice, splitV, unpack } from './kernels/slice.js';

const REPLACED = {
  [tf.BatchMatMul]: batchMatMul,
  [tf.Slice]: slice,
  [tf.SplitV]: splitV,
  [tf.Unpack]: unpack,
};

let registered: Promise<void> | null = null;

/**
 * Puts our SIMD kernels over those of tfjs's 'wasm' backend, which must have been imported (it need not be
 * initialised). Idempotent. Results are bit-identical from run to run and from machine to machine.
 */
export function registerWasmKernels(): Promise<void> {
  registered ??= compileKernels().then(() => {
    for (const [name, make] of Object.entries(REPLACED)) replace(name, make);
  });
  return registered;
}

function replace(kernelName: string, make: (stock: tf.KernelFunc) => tf.KernelFunc): void {
  const stock = tf.getKernel(kernelName, 'wasm');
  if (!stock) throw new Error(`import @tensorflow/tfjs-backend-wasm first: it has no kernel ${kernelName}`);
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ ...stock, kernelFunc: make(stock.kernelFunc) });
}
