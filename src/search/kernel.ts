import { expNegative } from './exponential.js';

/**
 * The covariance of two points: a Matérn-5/2 kernel with a relevance per dimension (Rasmussen & Williams 2006, eq. 4.17 and 5.1), which lets
 * all dimensions interact, plus the mean of the same kernel along each dimension alone (Duvenaud, Nickisch & Rasmussen 2011, "Additive Gaussian
 * Processes", first order). What a single parameter does wherever the others stand (dropout costs a little, one choice of modules is better) the second part learns from
 * few trials, because every trial tells it something about every dimension.
 *
 * k(x, x') = s² M(r²) + a²/D Σ_d M(θ_d Δ_d²)
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

/** s² and a² with the relevances. */
export interface Covariance {
  /** θ_d */
  theta: Float64Array;
  /** s² */
  signal: number;
  /** a² */
  additive: number;
}

/** k of every pair, in the order of the differences. */
export function pairCovariances(differences: PairDifferences, kernel: Covariance): Float64Array {
  const { theta, signal, additive } = kernel;
  const pairs = differences[0]?.length ?? 0;
  const share = additive / Math.max(1, theta.length);
  const r2 = new Float64Array(pairs);
  const k = new Float64Array(pairs);
  for (let d = 0; d < theta.length; d++) {
    const column = differences[d]!;
    const weight = theta[d]!;
    for (let at = 0; at < pairs; at++) {
      const z = weight * column[at]!;
      r2[at]! += z;
      if (share > 0) k[at]! += share * matern52(z);
    }
  }
  for (let at = 0; at < pairs; at++) k[at]! += signal * matern52(r2[at]!);
  return k;
}

/** k of every pair with its two parts' shares and its derivatives in ln θ_d: what the gradient of the likelihood needs. */
export interface PairSlopes {
  k: Float64Array;
  joint: Float64Array;
  /** dk/d ln θ_d, one array per dimension */
  byTheta: Float64Array[];
}

export function pairSlopes(differences: PairDifferences, kernel: Covariance): PairSlopes {
  const { theta, signal, additive } = kernel;
  const pairs = differences[0]?.length ?? 0;
  const share = additive / Math.max(1, theta.length);
  const r2 = new Float64Array(pairs);
  const k = new Float64Array(pairs);
  const byTheta = differences.map((column, d) => addDimension(column, theta[d]!, share, r2, k));
  const joint = new Float64Array(pairs);
  const slope = new Float64Array(pairs);
  for (let at = 0; at < pairs; at++) {
    const t = SQRT5 * sqrt(r2[at]!);
    const decay = signal * expNegative(t);
    joint[at] = (1 + t + (5 / 3) * r2[at]!) * decay;
    slope[at] = (-5 / 6) * (1 + t) * decay;
    k[at]! += joint[at]!;
  }
  for (let d = 0; d < byTheta.length; d++) {
    const [by, column, weight] = [byTheta[d]!, differences[d]!, theta[d]!];
    for (let at = 0; at < pairs; at++) by[at]! += weight * column[at]! * slope[at]!;
  }
  return { k, joint, byTheta };
}

/** Adds one dimension to r² and to the additive part of k. @returns the additive part's derivative in ln θ */
function addDimension(
  column: Float64Array,
  weight: number,
  share: number,
  r2: Float64Array,
  k: Float64Array,
): Float64Array {
  const by = new Float64Array(column.length);
  for (let at = 0; at < column.length; at++) {
    const z = weight * column[at]!;
    if (z === 0) {
      k[at]! += share;
      continue;
    }
    r2[at]! += z;
    if (share === 0) continue;
    const t = SQRT5 * sqrt(z);
    const decay = share * expNegative(t);
    k[at]! += (1 + t + (5 / 3) * z) * decay;
    by[at] = (-5 / 6) * (1 + t) * z * decay;
  }
  return by;
}

/** k between every point of P and x */
export function covariancesWith(P: Points, x: Float64Array, kernel: Covariance): Float64Array {
  const { theta, signal, additive } = kernel;
  const d = P.kinds.length;
  const share = additive / Math.max(1, d);
  const k = new Float64Array(P.n);
  for (let i = 0; i < P.n; i++) {
    let r2 = 0;
    let sum = 0;
    for (let c = 0; c < d; c++) {
      const z = theta[c]! * squaredDifference(P.kinds[c]!, P.X[i * d + c]!, x[c]!);
      r2 += z;
      if (share > 0) sum += z === 0 ? 1 : matern52(z);
    }
    k[i] = signal * matern52(r2) + share * sum;
  }
  return k;
}

/** dk/dx_c between point i of P and x along an ordered dimension is this times (x_c − X_ic), for each c. */
export function slopeFactors(P: Points, i: number, x: Float64Array, kernel: Covariance): Float64Array {
  const { theta, signal, additive } = kernel;
  const d = P.kinds.length;
  const z = new Float64Array(d);
  let r2 = 0;
  for (let c = 0; c < d; c++) {
    z[c] = theta[c]! * squaredDifference(P.kinds[c]!, P.X[i * d + c]!, x[c]!);
    r2 += z[c]!;
  }
  const joint = signal * matern52Slope(r2);
  const share = additive / Math.max(1, d);
  for (let c = 0; c < d; c++) {
    z[c] = 2 * theta[c]! * (joint + (share > 0 ? share * matern52Slope(z[c]!) : 0));
  }
  return z;
}
