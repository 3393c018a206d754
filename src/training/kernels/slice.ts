import * as tf from '@tensorflow/tfjs';
import { heapOf, offsetOf, type WasmBackend } from './heap.js';

// Slice, SplitV and Unpack as copies inside the heap. tfjs 4.22 copies the whole source out of the heap for every
// slice, so that splitting into n parts costs n times the source.

interface Region {
  begin: number[];
  size: number[];
}

const COPIED = ['float32', 'int32', 'bool'];

export function slice(stock: tf.KernelFunc): tf.KernelFunc {
  return (args) => {
    const x = args.inputs.x as tf.TensorInfo;
    if (!COPIED.includes(x.dtype)) return stock(args);
    const { begin, size } = args.attrs as unknown as Region;
    const [from, extent] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size) as [
      number[],
      number[],
    ];
    return copyRegion(args.backend as WasmBackend, x, { begin: from, size: extent });
  };
}

export function splitV(stock: tf.KernelFunc): tf.KernelFunc {
  return (args) => {
    const x = args.inputs.x as tf.TensorInfo;
    if (!COPIED.includes(x.dtype)) return stock(args);
    const { numOrSizeSplits, axis } = args.attrs as unknown as { numOrSizeSplits: number; axis: number };
    const along = tf.util.parseAxisParam(axis, x.shape)[0]!;
    const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, along);
    return copyParts(args.backend as WasmBackend, x, along, sizes);
  };
}

export function unpack(stock: tf.KernelFunc): tf.KernelFunc {
  return (args) => {
    const x = args.inputs.value as tf.TensorInfo;
    if (!COPIED.includes(x.dtype)) return stock(args);
    const along = tf.util.parseAxisParam(args.attrs?.axis as unknown as number, x.shape)[0]!;
    const sizes = new Array<number>(x.shape[along]!).fill(1);
    const shape = x.shape.filter((_, axis) => axis !== along);
    return copyParts(args.backend as WasmBackend, x, along, sizes).map((part) => ({ ...part, shape }));
  };
}

function copyParts(backend: WasmBackend, x: tf.TensorInfo, axis: number, sizes: number[]): tf.TensorInfo[] {
  const begin = new Array<number>(x.shape.length).fill(0);
  return sizes.map((part) => {
    const size = x.shape.map((whole, index) => (index === axis ? part : whole));
    const copy = copyRegion(backend, x, { begin, size });
    begin[axis]! += part;
    return copy;
  });
}

function copyRegion(backend: WasmBackend, x: tf.TensorInfo, { begin, size }: Region): tf.TensorInfo {
  const out = backend.makeOutput(size, x.dtype);
  if (tf.util.sizeFromShape(size) === 0) return out;
  const width = tf.util.bytesPerElement(x.dtype);
  const strides = [...tf.util.computeStrides(x.shape), 1].map((stride) => stride * width);
  const source = begin.reduce((at, index, axis) => at + index * strides[axis]!, offsetOf(backend, x));
  const inner = innermostGap(x.shape, size);
  const bytes = (size[inner] ?? 1) * (strides[inner] ?? width);
  copyOuter(backend, source, offsetOf(backend, out), size.slice(0, inner), strides, bytes);
  return out;
}

/** The axis from which on the region is one contiguous block: all axes after it are taken whole. */
function innermostGap(shape: number[], size: number[]): number {
  let axis = Math.max(0, shape.length - 1);
  while (axis > 0 && size[axis] === shape[axis]) axis--;
  return axis;
}

/** Copies one block of `bytes` for each index of the `outer` axes; the target is filled without gaps. */
function copyOuter(
  backend: WasmBackend,
  source: number,
  target: number,
  outer: number[],
  strides: number[],
  bytes: number,
): void {
  const { copyRows } = heapOf(backend).kernels;
  const rows = outer.at(-1) ?? 1;
  const step = strides[outer.length - 1] ?? 0;
  const ahead = outer.slice(0, -1);
  const groups = tf.util.sizeFromShape(ahead);
  for (let group = 0; group < groups; group++) {
    let at = source;
    for (let axis = ahead.length - 1, rest = group; axis >= 0; axis--) {
      at += (rest % ahead[axis]!) * strides[axis]!;
      rest = Math.floor(rest / ahead[axis]!);
    }
    copyRows(rows, bytes, at, step, target + group * rows * bytes, bytes);
  }
}
