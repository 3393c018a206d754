import * as tf from '@tensorflow/tfjs';
import { heapOf, offsetOf, type WasmBackend } from './heap.js';
import { multiply } from './multiply.js';

// BatchMatMul: out[…,M,N] = op(a)[…,M,K]·op(b)[…,K,N]; leading dimensions broadcast.

interface MatMulArgs {
  inputs: { a: tf.TensorInfo; b: tf.TensorInfo };
  backend: WasmBackend;
  attrs: { transposeA: boolean; transposeB: boolean };
}

type Product = { m: number; n: number; k: number; batch: number[] };

const FLOAT_BYTES = 4;

/** The kernel that replaces tfjs's; every dtype but float32 goes to `stock`, which refuses it in its own words. */
export function batchMatMul(stock: tf.KernelFunc): tf.KernelFunc {
  return (untyped) => {
    const args = untyped as unknown as MatMulArgs;
    const { a, b } = args.inputs;
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return stock(untyped);
    const product = productOf(args);
    const out = args.backend.makeOutput([...product.batch, product.m, product.n], 'float32');
    multiplyAll(args, product, offsetOf(args.backend, out));
    return out;
  };
}

function productOf({ inputs: { a, b }, attrs: { transposeA, transposeB } }: MatMulArgs): Product {
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [innerB, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  tf.util.assert(k === innerB, () => {
    const shapes = `shapes ${a.shape} and ${b.shape}, transposeA=${transposeA}, transposeB=${transposeB}`;
    return `Error in matMul: inner dimensions ${k} and ${innerB} must match: ${shapes}`;
  });
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return { m, n, k, batch };
}

function multiplyAll({ inputs: { a, b }, backend, attrs }: MatMulArgs, product: Product, out: number): void {
  const heap = heapOf(backend);
  const [startA, startB] = [offsetOf(backend, a), offsetOf(backend, b)];
  const count = tf.util.sizeFromShape(product.batch);
  const weightShared = tf.util.sizeFromShape(b.shape.slice(0, -2)) === 1;
  if (weightShared && !attrs.transposeA) {
    // One right operand for all: the batch is only more rows, and B is packed once.
    multiply(heap, { ...product, m: product.m * count, ...attrs }, startA, startB, out);
    return;
  }
  for (let i = 0; i < count; i++) {
    const atA = startA + batchIndex(i, product.batch, a.shape) * product.m * product.k * FLOAT_BYTES;
    const atB = startB + batchIndex(i, product.batch, b.shape) * product.k * product.n * FLOAT_BYTES;
    multiply(heap, { ...product, ...attrs }, atA, atB, out + i * product.m * product.n * FLOAT_BYTES);
  }
}

/** The matrix of an operand that belongs to matrix `flat` of the output, under broadcasting. */
function batchIndex(flat: number, batch: number[], shape: number[]): number {
  const outer = shape.slice(0, -2);
  let index = 0;
  let stride = 1;
  for (let back = 1; back <= batch.length; back++) {
    const size = batch.at(-back)!;
    const own = outer.at(-back) ?? 1;
    if (own > 1) index += (flat % size) * stride;
    stride *= own;
    flat = Math.floor(flat / size);
  }
  return index;
}
