import type { Heap } from './heap.js';

export interface MatrixProduct {
  m: number;
  n: number;
  k: number;
  transposeA?: boolean;
  transposeB?: boolean;
  /** adds to what is there instead of replacing it */
  add?: boolean;
}

const FLOAT_BYTES = 4;

/** out[m,n] = op(a)[m,k]·op(b)[k,n] of dense row-major matrices at offsets of the heap. */
export function multiply(
  { kernels, scratch }: Heap,
  product: MatrixProduct,
  a: number,
  b: number,
  out: number,
): void {
  const { m, n, k, transposeA = false, transposeB = false, add = false } = product;
  const stepA = (transposeA ? m : k) * FLOAT_BYTES;
  const stepB = (transposeB ? k : n) * FLOAT_BYTES;
  const room = scratch(kernels.matmulScratchBytes());
  kernels.matmul(m, n, k, a, stepA, transposeA, b, stepB, transposeB, out, n * FLOAT_BYTES, add, room);
}
