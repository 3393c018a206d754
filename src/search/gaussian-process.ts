import {
  type Covariance,
  covariancesWith,
  type PairDifferences,
  type Points,
  pairCovariances,
  pairDifferences,
  pointAt,
  slopeFactors,
} from './kernel.js';
import { choleskyWithJitter, dot, solveCholesky, solveLower, solveUpper } from './linear-algebra.js';

/**
 * Gaussian process regression with a zero mean, on standardised values (Rasmussen & Williams 2006, chapters 2 and 5).
 *
 * n  observations   X  n×d encoded points   y  n standardised values
 * K  n×n kernel matrix (kernel.ts)   L  lower Cholesky factor of K + σ²I   α = (K + σ²I)⁻¹ y   m, sd  posterior mean and deviation at a point
 */
export interface Hyperparameters extends Covariance {
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
  return conditionOn(points, y, hyper, pairCovariances(differences, hyper));
}

/** The same where k of every pair is known. */
export function conditionOn(
  points: Points,
  y: Float64Array,
  hyper: Hyperparameters,
  pairs: Float64Array,
): GaussianProcess {
  const { n } = points;
  const K = new Float64Array(n * n);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < i; j++) K[i * n + j] = pairs[at++] ?? 0;
    K[i * n + i] = priorVariance(hyper) + hyper.noise;
  }
  const L = choleskyWithJitter(K, n);
  return { ...hyper, points, y, L, alpha: solveCholesky(L, y) };
}

/** of the noise-free function, before any value is known */
export function priorVariance({ signal, additive }: Covariance): number {
  return signal + additive;
}

/** eq. 2.25 and 2.26 */
export function predict(gp: GaussianProcess, x: Float64Array): Prediction {
  const k = covariancesWith(gp.points, x, gp);
  const v = solveLower(gp.L, k);
  return { mean: dot(k, gp.alpha), sd: deviation(gp, v) };
}

function deviation(gp: GaussianProcess, v: Float64Array): number {
  return Math.sqrt(Math.max(1e-14, priorVariance(gp) - dot(v, v)));
}

export interface SlopedPrediction extends Prediction {
  meanSlope: Float64Array;
  sdSlope: Float64Array;
}

/** The prediction with its slopes along the ordered dimensions (0 along the others). */
export function predictWithSlopes(gp: GaussianProcess, x: Float64Array): SlopedPrediction {
  const { points, alpha, L } = gp;
  const d = points.kinds.length;
  const k = covariancesWith(points, x, gp);
  const v = solveLower(L, k);
  const w = solveUpper(L, v);
  const sd = deviation(gp, v);
  const meanSlope = new Float64Array(d);
  const sdSlope = new Float64Array(d);
  for (let i = 0; i < points.n; i++) {
    const factors = slopeFactors(points, i, x, gp);
    for (let c = 0; c < d; c++) {
      const step = x[c]! - points.X[i * d + c]!;
      if (points.kinds[c] === 'unordered' || Number.isNaN(step)) continue;
      const change = factors[c]! * step;
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

/** Posterior means at the process's own points: what the noise-free function is believed to be there. */
export function fittedMeans(gp: GaussianProcess): Float64Array {
  return Float64Array.from({ length: gp.points.n }, (_, i) => predict(gp, pointAt(gp.points, i)).mean);
}
