import * as tf from '@tensorflow/tfjs';
import type { KernelExports } from './exports.js';
import { type Heap, heapOf, offsetOf, type WasmBackend } from './heap.js';

/** What a kernel of ours works with. */
export interface Call<Attributes> {
  inputs: Record<string, tf.TensorInfo>;
  attrs: Attributes;
  backend: WasmBackend;
  heap: Heap;
  kernels: KernelExports;
  /** where the values of a tensor begin, in bytes; 0 for an input that was left out */
  at(info: tf.TensorInfo | undefined): number;
  /** an uninitialised float32 tensor */
  output(shape: number[]): tf.TensorInfo;
}

/** A kernel of the 'wasm' backend under a name of ours. */
export function kernel<Attributes>(
  kernelName: string,
  body: (call: Call<Attributes>) => tf.TensorInfo | tf.TensorInfo[],
): tf.KernelConfig {
  const kernelFunc: tf.KernelFunc = ({ inputs, attrs, backend: untyped }) => {
    const backend = untyped as WasmBackend;
    const heap = heapOf(backend);
    return body({
      inputs: inputs as Record<string, tf.TensorInfo>,
      attrs: attrs as unknown as Attributes,
      backend,
      heap,
      kernels: heap.kernels,
      at: (info) => (info ? offsetOf(backend, info) : 0),
      output: (shape) => backend.makeOutput(shape, 'float32'),
    });
  };
  return { kernelName, backendName: 'wasm', kernelFunc };
}

/** Runs one of our kernels on the current backend; its outputs are tracked by tidy like any other tensors. */
export function run<Outputs extends tf.Tensor | tf.Tensor[]>(
  kernelName: string,
  inputs: Record<string, tf.Tensor | undefined>,
  attrs: object = {},
): Outputs {
  const given = Object.entries(inputs).filter(([, tensor]) => tensor !== undefined);
  return tf
    .engine()
    .runKernel(kernelName, Object.fromEntries(given) as tf.NamedTensorMap, attrs as never) as Outputs;
}

/** Kernels trust their pointers: every input's shape and dtype is checked before they are taken. */
export function check(
  what: string,
  tensor: tf.Tensor,
  shape: readonly number[],
  dtype: tf.DataType = 'float32',
): void {
  const fits =
    tensor.shape.length === shape.length && shape.every((size, axis) => tensor.shape[axis] === size);
  if (!fits || tensor.dtype !== dtype) {
    throw new Error(`${what}: found ${tensor.dtype} [${tensor.shape}], wanted ${dtype} [${shape}]`);
  }
}

/** The two sizes of a matrix. */
export function rowsAndColumns(what: string, tensor: tf.Tensor): [number, number] {
  if (tensor.rank !== 2) throw new Error(`${what}: found shape [${tensor.shape}], wanted a matrix`);
  check(what, tensor, tensor.shape);
  return tensor.shape as [number, number];
}
