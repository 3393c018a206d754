import * as tf from '@tensorflow/tfjs';
import { DYNAMIC_VALUES } from '../quantization/dynamic-codes.js';
import { INT8_STEP } from '../quantization/int8.js';
import { NF4_VALUES } from '../quantization/nf4.js';
import type { QuantizedMatrix } from '../quantization/quantized-matrix.js';
import { kernel, run } from './kernel.js';

// Weights kept as codes on the WASM heap; a tensor of dtype bool has one byte for each element.

/** The codes of a matrix and what belongs to them, as tensors. */
export type CodeTensors =
  | { kind: 'int8'; codes: tf.Tensor; absmax: tf.Tensor }
  | { kind: 'nf4'; codes: tf.Tensor; absmaxCodes: tf.Tensor; absmaxScales: tf.Tensor; offset: number };

export function codeTensors(matrix: QuantizedMatrix): CodeTensors {
  const codes = byteTensor(matrix.codes);
  if (matrix.kind === 'int8') return { kind: matrix.kind, codes, absmax: tf.tensor1d(matrix.absmax) };
  const { kind, absmaxCodes, absmaxScales, offset } = matrix;
  const statistics = { absmaxCodes: byteTensor(absmaxCodes), absmaxScales: tf.tensor1d(absmaxScales) };
  return { kind, codes, ...statistics, offset };
}

export function disposeCodes(tensors: CodeTensors): void {
  tf.dispose(Object.values(tensors).filter((part) => part instanceof tf.Tensor));
}

/** Bytes as they are. */
function byteTensor({ buffer, byteOffset, byteLength }: Uint8Array | Int8Array): tf.Tensor {
  return tf.tensor(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength), [byteLength], 'bool');
}

const tablesOf = new WeakMap<object, tf.Tensor>();

/** What the NF4 kernel looks up: 16 floats, their first to fourth bytes, 256 floats. Made once, and stays. */
function nf4Tables(): tf.Tensor {
  const known = tablesOf.get(tf.backend());
  if (known) return known;
  const values = new Uint8Array(NF4_VALUES.buffer);
  const planes = Uint8Array.from({ length: 64 }, (_, i) => values[4 * (i % 16) + Math.floor(i / 16)]!);
  const all = Uint8Array.of(...values, ...planes, ...new Uint8Array(DYNAMIC_VALUES.buffer));
  const made = tf.keep(byteTensor(all));
  tablesOf.set(tf.backend(), made);
  return made;
}

interface Attributes {
  shape: [number, number];
  offset: number;
}

/** A new float32 tensor. */
export function dequantized(tensors: CodeTensors, shape: number[]): tf.Tensor {
  if (tensors.kind === 'int8') {
    const { codes, absmax } = tensors;
    return run('RanksweepDequantizeInt8', { codes, absmax }, { shape });
  }
  const { kind: _, offset, ...parts } = tensors;
  return run('RanksweepDequantizeNf4', { ...parts, tables: nf4Tables() }, { shape, offset });
}

const int8 = kernel<Attributes>(
  'RanksweepDequantizeInt8',
  ({ inputs, attrs: { shape }, kernels, at, output }) => {
    const [rows, wide] = shape;
    const w = output(shape);
    const [codes, absmax] = [at(inputs.codes), at(inputs.absmax)];
    kernels.dequantizeInt8(rows, wide, wide, 0, 0, codes, absmax, INT8_STEP, at(w), wide * 4);
    return w;
  },
);

const nf4 = kernel<Attributes>(
  'RanksweepDequantizeNf4',
  ({ inputs, attrs: { shape, offset }, kernels, at, output }) => {
    const [rows, wide] = shape;
    const w = output(shape);
    const { codes, absmaxCodes, absmaxScales, tables } = inputs;
    const statistics = [at(absmaxCodes), at(absmaxScales), offset, at(tables)] as const;
    kernels.dequantizeNf4(rows, wide, wide, 0, 0, at(codes), ...statistics, at(w), wide * 4);
    return w;
  },
);

export const CODE_KERNELS = [int8, nf4];
