import { expect, test } from '@jest/globals';
import { RandomStream } from '../../src/core/random.js';
import {
  cholesky,
  choleskyWithJitter,
  halfLogDeterminant,
  inverseFromCholesky,
  solveCholesky,
} from '../../src/search/linear-algebra.js';

/** B·Bᵀ + I of random B: positive definite. */
function randomMatrix(n: number): Float64Array {
  const stream = new RandomStream(1, 'matrix');
  const B = Array.from({ length: n * n }, () => stream.nextNormal());
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return B.slice(i * n, i * n + n).reduce((sum, b, k) => sum + b * B[j * n + k]!, i === j ? 1 : 0);
  });
}

function times(A: Float64Array, B: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let k = 0; k < n; k++) sum += A[i * n + k]! * B[k * n + j]!;
    return sum;
  });
}

test('factor, inverse, solution and determinant agree with their definitions', () => {
  const n = 9;
  const A = randomMatrix(n);
  const L = cholesky(A, n)!;
  const transposed = L.map((_, at) => L[(at % n) * n + Math.floor(at / n)]!);
  times(L, transposed, n).forEach((v, at) => {
    expect(v).toBeCloseTo(A[at]!, 10);
  });
  times(A, inverseFromCholesky(L, n), n).forEach((v, at) => {
    expect(v).toBeCloseTo(at % (n + 1) === 0 ? 1 : 0, 10);
  });
  const b = Float64Array.from({ length: n }, (_, i) => i - 3);
  const x = solveCholesky(L, b);
  for (let i = 0; i < n; i++) {
    expect(x.reduce((sum, v, k) => sum + A[i * n + k]! * v, 0)).toBeCloseTo(b[i]!, 10);
  }
  expect(halfLogDeterminant(cholesky(Float64Array.of(4, 2, 2, 3), 2)!, 2)).toBeCloseTo(0.5 * Math.log(8), 12);
});

test('a singular matrix has no factor without jitter, and one with it', () => {
  const ones = new Float64Array(16).fill(1);
  expect(cholesky(ones, 4)).toBeUndefined();
  expect(choleskyWithJitter(ones, 4).every(Number.isFinite)).toBe(true);
  expect(cholesky(Float64Array.of(Number.NaN), 1)).toBeUndefined();
});
