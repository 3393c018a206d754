/**
 * Dense linear algebra on row-major Float64Arrays, in fixed order of summation, so that results are the same on every machine.
 *
 * A  n×n symmetric positive definite matrix      L  its lower Cholesky factor, A = L·Lᵀ (only the lower triangle is read)
 */

/** @returns L, or undefined if A is not positive definite to working precision */
export function cholesky(A: Float64Array, n: number): Float64Array | undefined {
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const s = A[i * n + j]! - dotRange(L, i * n, L, j * n, j);
      if (i > j) L[i * n + j] = s / L[j * n + j]!;
      else if (s > 0 && s < Infinity) L[i * n + i] = Math.sqrt(s);
      else return undefined;
    }
  }
  return L;
}

/** Σ A[a + k]·B[b + k] in four sums side by side: one sum would wait for itself at every step. */
function dotRange(A: Float64Array, a: number, B: Float64Array, b: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s0 += A[a + k]! * B[b + k]!;
    s1 += A[a + k + 1]! * B[b + k + 1]!;
    s2 += A[a + k + 2]! * B[b + k + 2]!;
    s3 += A[a + k + 3]! * B[b + k + 3]!;
  }
  for (; k < length; k++) s0 += A[a + k]! * B[b + k]!;
  return s0 + s1 + (s2 + s3);
}

const JITTERS = [0, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2];

/** Cholesky with the least of a ladder of jitters on the diagonal (relative to its mean) that succeeds. */
export function choleskyWithJitter(A: Float64Array, n: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += A[i * n + i]!;
  for (const jitter of JITTERS) {
    const B = A.slice();
    for (let i = 0; i < n; i++) B[i * n + i]! += (jitter * trace) / n;
    const L = cholesky(B, n);
    if (L !== undefined) return L;
  }
  throw new RangeError('the matrix is far from positive definite');
}

/** x with L·x = b */
export function solveLower(L: Float64Array, b: Float64Array): Float64Array {
  return solveLowerInto(L, b, b.length, new Float64Array(b.length));
}

/** The same for the first n of b, into the first n of x. */
export function solveLowerInto(L: Float64Array, b: Float64Array, n: number, x: Float64Array): Float64Array {
  for (let i = 0; i < n; i++) x[i] = (b[i]! - dotRange(L, i * n, x, 0, i)) / L[i * n + i]!;
  return x;
}

/** x with Lᵀ·x = b */
export function solveUpper(L: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const x = b.slice();
  for (let i = n - 1; i >= 0; i--) {
    const xi = x[i]! / L[i * n + i]!;
    x[i] = xi;
    for (let k = 0; k < i; k++) x[k]! -= L[i * n + k]! * xi;
  }
  return x;
}

/** A⁻¹·b */
export function solveCholesky(L: Float64Array, b: Float64Array): Float64Array {
  return solveUpper(L, solveLower(L, b));
}

/** A⁻¹ = L⁻ᵀ·L⁻¹, both triangles filled */
export function inverseFromCholesky(L: Float64Array, n: number): Float64Array {
  const M = inverseLower(L, n);
  const inverse = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    for (let i = 0; i <= k; i++) {
      const m = M[k * n + i]!;
      for (let j = 0; j <= i; j++) inverse[i * n + j]! += m * M[k * n + j]!;
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) inverse[j * n + i] = inverse[i * n + j]!;
  return inverse;
}

function inverseLower(L: Float64Array, n: number): Float64Array {
  const M = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    M[i * n + i] = 1 / L[i * n + i]!;
    for (let k = 0; k < i; k++) {
      const l = L[i * n + k]!;
      for (let j = 0; j <= k; j++) M[i * n + j]! -= l * M[k * n + j]!;
    }
    for (let j = 0; j < i; j++) M[i * n + j]! /= L[i * n + i]!;
  }
  return M;
}

/** Σ ln L_ii: half the log determinant of A */
export function halfLogDeterminant(L: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(L[i * n + i]!);
  return sum;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
