import {
  distance2,
  matern52,
  matern52Slope,
  type PairDifferences,
  type Points,
  pairDifferences,
  pairKernels,
} from './kernel.js';
import {
  choleskyWithJitter,
  dot,
  solveCholesky,
  solveLower,
  solveLowerInto,
  solveUpper,
} from './linear-algebra.js';

/**
 * Gaussian process regression with a zero mean, on standardised values (Rasmussen & Williams 2006, chapters 2 and 5).
 *
 * n  observations   X  n×d encoded points   y  n standardised values
 * K  n×n kernel matrix s²·M   L  lower Cholesky factor of K + σ²I   α = (K + σ²I)⁻¹ y   m, sd  posterior mean and deviation at a point
 */
export interface Hyperparameters {
  /** θ_d = 1/ℓ_d² */
  theta: Float64Array;
  /** s² */
  signal: number;
  /** σ² */
  noise: number;
}

export interface GaussianProcess extends Hyperparameters {
  points: Points;
  y: Float64Array;
  L: Float64Array;
  alpha: Float64Array;
}

export interface Prediction {
  mean: number;
  /** of the noise-free function */
  sd: number;
}

/** The process with given hyperparameters. */
export function condition(
  points: Points,
  y: Float64Array,
  hyper: Hyperparameters,
  differences: PairDifferences = pairDifferences(points),
): GaussianProcess {
  return conditionOn(points, y, hyper, pairKernels(differences, hyper.theta));
}

/** The same where M of every pair is known. */
export function conditionOn(
  points: Points,
  y: Float64Array,
  hyper: Hyperparameters,
  M: Float64Array,
): GaussianProcess {
  const { n } = points;
  const K = new Float64Array(n * n);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < i; j++) K[i * n + j] = hyper.signal * (M[at++] ?? 1);
    K[i * n + i] = hyper.signal + hyper.noise;
  }
  const L = choleskyWithJitter(K, n);
  return { ...hyper, points, y, L, alpha: solveCholesky(L, y) };
}

/** eq. 2.25 and 2.26 */
export function predict(gp: GaussianProcess, x: Float64Array): Prediction {
  const { n } = gp.points;
  if (n > SCRATCH.k.length) SCRATCH = { k: new Float64Array(2 * n), v: new Float64Array(2 * n) };
  const { k, v } = SCRATCH;
  covariances(gp, x, k);
  solveLowerInto(gp.L, k, n, v);
  let mean = 0;
  let explained = 0;
  for (let i = 0; i < n; i++) {
    mean += k[i]! * gp.alpha[i]!;
    explained += v[i]! * v[i]!;
  }
  return { mean, sd: Math.sqrt(Math.max(1e-14, gp.signal - explained)) };
}

/** A suggestion predicts at thousands of points: new arrays for each would cost as much as the sums. */
let SCRATCH = { k: new Float64Array(64), v: new Float64Array(64) };

function covariances(
  gp: GaussianProcess,
  x: Float64Array,
  k: Float64Array = new Float64Array(gp.points.n),
): Float64Array {
  for (let i = 0; i < gp.points.n; i++) k[i] = gp.signal * matern52(distance2(gp.points, i, x, gp.theta));
  return k;
}

function deviation({ signal }: GaussianProcess, v: Float64Array): number {
  return Math.sqrt(Math.max(1e-14, signal - dot(v, v)));
}

export interface SlopedPrediction extends Prediction {
  meanSlope: Float64Array;
  sdSlope: Float64Array;
}

/** The prediction with its slopes along the ordered dimensions (0 along the others). */
export function predictWithSlopes(gp: GaussianProcess, x: Float64Array): SlopedPrediction {
  const { points, theta, alpha, L, signal } = gp;
  const d = points.kinds.length;
  const k = covariances(gp, x);
  const v = solveLower(L, k);
  const w = solveUpper(L, v);
  const sd = deviation(gp, v);
  const meanSlope = new Float64Array(d);
  const sdSlope = new Float64Array(d);
  for (let i = 0; i < points.n; i++) {
    const slope = 2 * signal * matern52Slope(distance2(points, i, x, theta));
    for (let c = 0; c < d; c++) {
      const step = x[c]! - points.X[i * d + c]!;
      if (points.kinds[c] === 'unordered' || Number.isNaN(step)) continue;
      const change = slope * theta[c]! * step;
      meanSlope[c]! += alpha[i]! * change;
      sdSlope[c]! -= (w[i]! * change) / sd;
    }
  }
  return { mean: dot(k, alpha), sd, meanSlope, sdSlope };
}

/** The process after believing its own prediction at more points (kriging believer); hyperparameters are kept. */
export function believe(gp: GaussianProcess, more: readonly Float64Array[]): GaussianProcess {
  if (more.length === 0) return gp;
  const { points, y } = gp;
  const X = Float64Array.from([...points.X, ...more.flatMap((x) => [...x])]);
  const believed = Float64Array.from([...y, ...more.map((x) => predict(gp, x).mean)]);
  return condition({ ...points, X, n: points.n + more.length }, believed, gp);
}

/** Posterior means at the process's own points: what the noise-free function is believed to be there. K·α = y − σ²·α. */
export function fittedMeans({ y, alpha, noise }: GaussianProcess): Float64Array {
  return y.map((value, i) => value - noise * alpha[i]!);
}
