import { expNegative } from './exponential.js';

/**
 * The Matérn-5/2 kernel with a relevance per dimension (Rasmussen & Williams 2006, eq. 4.17 and 5.1).
 *
 * x  a point: positions in [0, 1], or the index of a category      θ_d = 1/ℓ_d²  relevances
 * Δ_d² = (x_d − x'_d)², or 1[x_d ≠ x'_d] where the dimension has no order (one-hot columns with a shared length scale are the same thing)
 * r² = Σ_d θ_d Δ_d²        M(r) = (1 + √5 r + 5r²/3) e^{−√5 r}        dM/d(r²) = −5/6 (1 + √5 r) e^{−√5 r}
 */
export type DimensionKind = 'ordered' | 'unordered';

const { sqrt } = Math;
const SQRT5 = sqrt(5);

/** A parameter that is absent at one of two points (NaN) is as far apart as two categories; absent at both, it is no difference. */
export function squaredDifference(kind: DimensionKind, a: number, b: number): number {
  if (kind === 'unordered') return a === b || (isAbsent(a) && isAbsent(b)) ? 0 : 1;
  const difference = a - b;
  if (isAbsent(difference)) return isAbsent(a) && isAbsent(b) ? 0 : 1;
  return difference * difference;
}

function isAbsent(x: number): boolean {
  return Number.isNaN(x);
}

/** M of r² */
export function matern52(r2: number): number {
  const t = SQRT5 * sqrt(r2);
  return (1 + t + (5 / 3) * r2) * expNegative(t);
}

/** dM/d(r²), finite at 0 */
export function matern52Slope(r2: number): number {
  const t = SQRT5 * sqrt(r2);
  return (-5 / 6) * (1 + t) * expNegative(t);
}

/** Row-major n×d points with what their columns mean. */
export interface Points {
  X: Float64Array;
  n: number;
  kinds: readonly DimensionKind[];
  /** n variances that the points' values have besides the noise common to all (a stopped trial's is a prediction); absent: none */
  extra?: Float64Array;
}

/** Δ_d² of every pair i > j, one array per dimension, pairs in the order (1,0), (2,0), (2,1), …: they do not change while θ is fitted. */
export type PairDifferences = readonly Float64Array[];

export function pairDifferences({ X, n, kinds }: Points): PairDifferences {
  const d = kinds.length;
  return kinds.map((kind, k) => {
    const differences = new Float64Array((n * (n - 1)) / 2);
    for (let i = 1, at = 0; i < n; i++) {
      for (let j = 0; j < i; j++) differences[at++] = squaredDifference(kind, X[i * d + k]!, X[j * d + k]!);
    }
    return differences;
  });
}

export function pointAt(P: Points, i: number): Float64Array {
  const d = P.kinds.length;
  return P.X.subarray(i * d, (i + 1) * d);
}

/** r² between point i of P and x */
export function distance2(P: Points, i: number, x: Float64Array, theta: Float64Array): number {
  const d = P.kinds.length;
  let r2 = 0;
  for (let k = 0; k < d; k++) r2 += theta[k]! * squaredDifference(P.kinds[k]!, P.X[i * d + k]!, x[k]!);
  return r2;
}

/** M of every pair, in the order of the differences. */
export function pairKernels(differences: PairDifferences, theta: Float64Array): Float64Array {
  const r2 = pairDistances2(differences, theta);
  for (let at = 0; at < r2.length; at++) r2[at] = matern52(r2[at]!);
  return r2;
}

function pairDistances2(differences: PairDifferences, theta: Float64Array): Float64Array {
  const r2 = new Float64Array(differences[0]?.length ?? 0);
  for (let d = 0; d < theta.length; d++) {
    const column = differences[d]!;
    const weight = theta[d]!;
    for (let at = 0; at < r2.length; at++) r2[at]! += weight * column[at]!;
  }
  return r2;
}

/** M of every pair, and dM/d(r²): both come from one exponential. */
export function pairSlopes(
  differences: PairDifferences,
  theta: Float64Array,
): { M: Float64Array; slope: Float64Array } {
  const M = pairDistances2(differences, theta);
  const slope = new Float64Array(M.length);
  for (let at = 0; at < M.length; at++) {
    const t = SQRT5 * sqrt(M[at]!);
    const decay = expNegative(t);
    M[at] = (1 + t + (5 / 3) * M[at]!) * decay;
    slope[at] = (-5 / 6) * (1 + t) * decay;
  }
  return { M, slope };
}
