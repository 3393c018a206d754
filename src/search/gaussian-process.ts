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
 * K  n×n kernel matrix s²·M   N  diagonal: σ² and the extra variance of each point   L  lower Cholesky factor of K + N   α = (K + N)⁻¹ y   m, sd  posterior mean and deviation at a point
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
    K[i * n + i] = hyper.signal + hyper.noise + (points.extra?.[i] ?? 0);
  }
  const L = choleskyWithJitter(K, n);
  return { ...hyper, points, y, L, alpha: solveCholesky(L, y) };
}

/**
 * A point that others are compared with. What matters for a trial beside the incumbent is not how unsure its value is but how unsure the
 * difference of the two is: near the incumbent both rise and fall together (Letham, Karrer, Ottoni & Bakshy 2019, "Constrained Bayesian
 * Optimization with Noisy Experiments", with one incumbent). Otherwise noise makes the search try its best point again and again.
 *
 * c(x)  posterior covariance of f(x) and f(x*): k(x, x*) − v(x)·v*, v = L⁻¹k
 */
export interface Anchor {
  x: Float64Array;
  /** L⁻¹ k(x*) */
  v: Float64Array;
  /** L⁻ᵀ v */
  w: Float64Array;
  /** posterior variance at x* */
  variance: number;
}

export function anchorAt(gp: GaussianProcess, x: Float64Array): Anchor {
  const v = solveLower(gp.L, covariances(gp, x));
  return { x, v, w: solveUpper(gp.L, v), variance: Math.max(0, gp.signal - dot(v, v)) };
}

/** eq. 2.25 and 2.26. With an anchor, sd is that of the difference f(x) − f(x*). */
export function predict(gp: GaussianProcess, x: Float64Array, anchor?: Anchor): Prediction {
  const { n } = gp.points;
  const { k, r2, v } = scratchFor(n);
  covariances(gp, x, k, r2);
  solveLowerInto(gp.L, k, n, v);
  let mean = 0;
  let variance = gp.signal;
  for (let i = 0; i < n; i++) {
    mean += k[i]! * gp.alpha[i]!;
    variance -= v[i]! * v[i]!;
  }
  if (anchor !== undefined) variance += anchor.variance - 2 * covarianceWith(gp, x, v, anchor);
  return { mean, sd: Math.sqrt(Math.max(1e-14, variance)) };
}

/** c(x) */
function covarianceWith(gp: GaussianProcess, x: Float64Array, v: Float64Array, anchor: Anchor): number {
  let c = gp.signal * matern52(distance2(singlePoint(gp, anchor.x), 0, x, gp.theta));
  for (let i = 0; i < gp.points.n; i++) c -= v[i]! * anchor.v[i]!;
  return c;
}

function singlePoint({ points: { kinds } }: GaussianProcess, x: Float64Array): Points {
  return { X: x, n: 1, kinds };
}

/** A suggestion predicts at thousands of points: new arrays for each would cost as much as the sums. */
let SCRATCH = scratchOf(64);

/** k(x), r² and L⁻¹k, as the last prediction left them */
export function scratchFor(n: number) {
  if (n > SCRATCH.k.length) SCRATCH = scratchOf(2 * n);
  return SCRATCH;
}

function scratchOf(n: number) {
  return { k: new Float64Array(n), r2: new Float64Array(n), v: new Float64Array(n) };
}

function covariances(
  gp: GaussianProcess,
  x: Float64Array,
  k = new Float64Array(gp.points.n),
  r2 = new Float64Array(gp.points.n),
): Float64Array {
  for (let i = 0; i < gp.points.n; i++) {
    r2[i] = distance2(gp.points, i, x, gp.theta);
    k[i] = gp.signal * matern52(r2[i]!);
  }
  return k;
}

export interface SlopedPrediction extends Prediction {
  meanSlope: Float64Array;
  sdSlope: Float64Array;
}

/** The prediction with its slopes along the ordered dimensions (0 along the others). */
export function predictWithSlopes(gp: GaussianProcess, x: Float64Array, anchor?: Anchor): SlopedPrediction {
  const { points, alpha, L } = gp;
  const { mean, sd } = predict(gp, x, anchor);
  const { r2, v } = scratchFor(points.n);
  const w = solveUpper(L, v.subarray(0, points.n));
  const meanSlope = new Float64Array(points.kinds.length);
  const sdSlope = new Float64Array(points.kinds.length);
  for (let i = 0; i < points.n; i++) {
    // d variance/dk_i is −2 w_i; with an anchor that of −2 c(x) is 2 w*_i
    const byVariance = (anchor === undefined ? -w[i]! : anchor.w[i]! - w[i]!) / sd;
    addSlopes(gp, points, i, r2[i]!, x, [alpha[i]!, byVariance], [meanSlope, sdSlope]);
  }
  if (anchor !== undefined) {
    const one = singlePoint(gp, anchor.x);
    addSlopes(gp, one, 0, distance2(one, 0, x, gp.theta), x, [0, -1 / sd], [meanSlope, sdSlope]);
  }
  return { mean, sd, meanSlope, sdSlope };
}

/** Adds the slopes of k between point i of P and x, r² apart, times two weights. */
export function addSlopes(
  { theta, signal }: Pick<Hyperparameters, 'theta' | 'signal'>,
  P: Points,
  i: number,
  r2: number,
  x: Float64Array,
  [a, b]: [number, number],
  [first, second]: [Float64Array, Float64Array],
): void {
  const d = P.kinds.length;
  const slope = 2 * signal * matern52Slope(r2);
  for (let c = 0; c < d; c++) {
    const step = x[c]! - P.X[i * d + c]!;
    if (P.kinds[c] === 'unordered' || Number.isNaN(step)) continue;
    const change = slope * theta[c]! * step;
    first[c]! += a * change;
    second[c]! += b * change;
  }
}

/** The process after believing its own prediction at more points (kriging believer); hyperparameters are kept. */
export function believe(gp: GaussianProcess, more: readonly Float64Array[]): GaussianProcess {
  if (more.length === 0) return gp;
  const { points, y } = gp;
  const X = Float64Array.from([...points.X, ...more.flatMap((x) => [...x])]);
  const believed = Float64Array.from([...y, ...more.map((x) => predict(gp, x).mean)]);
  const extra = points.extra && Float64Array.from([...points.extra, ...more.map(() => 0)]);
  return condition({ ...points, X, n: points.n + more.length, ...(extra && { extra }) }, believed, gp);
}

/** Posterior means at the process's own points: what the noise-free function is believed to be there. K·α = y − N·α. */
export function fittedMeans({ y, alpha, noise, points: { extra } }: GaussianProcess): Float64Array {
  return y.map((value, i) => value - (noise + (extra?.[i] ?? 0)) * alpha[i]!);
}
