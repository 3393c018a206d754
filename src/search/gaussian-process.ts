import {
  distance2,
  distances2,
  matern52,
  matern52Slope,
  type Points,
  pointAt,
  squaredDifference,
} from './kernel.js';
import { type BoxProblem, minimiseInBox } from './lbfgs.js';
import {
  choleskyWithJitter,
  dot,
  halfLogDeterminant,
  inverseFromCholesky,
  solveCholesky,
  solveLower,
  solveUpper,
} from './linear-algebra.js';

/**
 * Gaussian process regression with a zero mean, on standardised values (Rasmussen & Williams 2006, chapters 2 and 5).
 *
 * n  observations   X  n×d encoded points   y  n standardised values   φ  log hyperparameters: d of ln θ, then ln s², then ln σ²
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

/**
 * Log-normal priors of the hyperparameters. Length scales: ln ℓ ~ N(√2 + ½ ln d, √3²), which grows with the dimension so that a point's
 * neighbourhood does not vanish (Hvarfner, Hellsten, Nardi 2024, "Vanilla Bayesian Optimization Performs Great in High Dimensions");
 * noise: ln σ² ~ N(−4, 1), as BoTorch's default; signal: ln s² ~ N(0, ½²), because y is standardised.
 */
export const PRIOR = {
  lengthScale: (d: number) => ({ mean: Math.SQRT2 + 0.5 * Math.log(d), sd: Math.sqrt(3) }),
  signal: { mean: 0, sd: 0.5 },
  noise: { mean: -4, sd: 1 },
};
const BOUNDS = { theta: [-12, 9], signal: [-3, 3], noise: [Math.log(1e-6), 0.5] } as const;

/** The process with given hyperparameters. */
export function condition(points: Points, y: Float64Array, hyper: Hyperparameters): GaussianProcess {
  const L = choleskyWithJitter(covariance(points, hyper), points.n);
  return { ...hyper, points, y, L, alpha: solveCholesky(L, y) };
}

function covariance(points: Points, { theta, signal, noise }: Hyperparameters): Float64Array {
  const K = distances2(points, theta).map((r2) => signal * matern52(r2));
  for (let i = 0; i < points.n; i++) K[i * points.n + i] = signal + noise;
  return K;
}

/** ln p(y | X, φ), eq. 2.30 */
export function logMarginalLikelihood({ y, alpha, L, points }: GaussianProcess): number {
  const { n } = points;
  return -0.5 * dot(y, alpha) - halfLogDeterminant(L, n) - 0.5 * n * Math.log(2 * Math.PI);
}

/** d ln p(y | X, φ)/dφ, eq. 5.9: ½ tr((ααᵀ − K⁻¹) dK/dφ) */
export function likelihoodGradient(gp: GaussianProcess): Float64Array {
  const { points, theta, signal, noise, alpha, L } = gp;
  const { n, kinds } = points;
  const d = kinds.length;
  const inverse = inverseFromCholesky(L, n);
  const R = distances2(points, theta);
  const gradient = new Float64Array(d + 2);
  for (let i = 0; i < n; i++) {
    const weight = 0.5 * (alpha[i]! * alpha[i]! - inverse[i * n + i]!);
    gradient[d]! += weight * signal;
    gradient[d + 1]! += weight * noise;
    for (let j = 0; j < i; j++) {
      const w = alpha[i]! * alpha[j]! - inverse[i * n + j]!;
      const r2 = R[i * n + j]!;
      gradient[d]! += w * signal * matern52(r2);
      const slope = w * signal * matern52Slope(r2);
      for (let k = 0; k < d; k++) {
        const difference = squaredDifference(kinds[k]!, points.X[i * d + k]!, points.X[j * d + k]!);
        gradient[k]! += slope * theta[k]! * difference;
      }
    }
  }
  return gradient;
}

interface Normal {
  mean: number;
  sd: number;
}

/** ln prior of φ up to a constant, with its gradient. θ = ℓ⁻², so ln θ ~ N(−2·mean, (2·sd)²). */
function logPrior(phi: Float64Array, d: number): { value: number; gradient: Float64Array } {
  const scale = PRIOR.lengthScale(d);
  const lnTheta: Normal = { mean: -2 * scale.mean, sd: 2 * scale.sd };
  const priors = [...Array.from({ length: d }, () => lnTheta), PRIOR.signal, PRIOR.noise];
  const z = phi.map((v, k) => (v - priors[k]!.mean) / priors[k]!.sd);
  return { value: -0.5 * dot(z, z), gradient: z.map((v, k) => -v / priors[k]!.sd) };
}

export function hyperparametersOf(phi: Float64Array): Hyperparameters {
  const d = phi.length - 2;
  return { theta: phi.slice(0, d).map(Math.exp), signal: Math.exp(phi[d]!), noise: Math.exp(phi[d + 1]!) };
}

/** ln p(y | X, φ) + ln p(φ) and its gradient in φ */
export function logPosterior(points: Points, y: Float64Array, phi: Float64Array) {
  const gp = condition(points, y, hyperparametersOf(phi));
  const prior = logPrior(phi, points.kinds.length);
  const gradient = likelihoodGradient(gp).map((g, k) => g + prior.gradient[k]!);
  return { value: logMarginalLikelihood(gp) + prior.value, gradient };
}

/** The process whose hyperparameters maximise the posterior, from a few fixed starts (short, middling and long length scales). */
export function fitGaussianProcess(points: Points, y: Float64Array): GaussianProcess {
  const d = points.kinds.length;
  const problem = posteriorProblem(points, y);
  const { mean } = PRIOR.lengthScale(d);
  const minima = [-2 * mean, -2 * (mean - 1.5), -2 * (mean - 3)].map((lnTheta) =>
    minimiseInBox(problem, startAt(lnTheta, d), { maxIterations: 40, tolerance: 1e-3 }),
  );
  const best = minima.reduce((a, b) => (b.value < a.value ? b : a));
  return condition(points, y, hyperparametersOf(best.x));
}

function startAt(lnTheta: number, d: number): Float64Array {
  return Float64Array.from([...Array.from({ length: d }, () => lnTheta), 0, PRIOR.noise.mean]);
}

function posteriorProblem(points: Points, y: Float64Array): BoxProblem {
  const bounds = [...points.kinds.map(() => BOUNDS.theta), BOUNDS.signal, BOUNDS.noise];
  return {
    lower: Float64Array.from(bounds, (b) => b[0]),
    upper: Float64Array.from(bounds, (b) => b[1]),
    evaluate(phi) {
      const { value, gradient } = logPosterior(points, y, phi);
      return { value: -value, gradient: gradient.map((g) => -g) };
    },
  };
}

/** eq. 2.25 and 2.26 */
export function predict(gp: GaussianProcess, x: Float64Array): Prediction {
  const k = covariances(gp, x);
  const v = solveLower(gp.L, k);
  return { mean: dot(k, gp.alpha), sd: Math.sqrt(Math.max(1e-14, gp.signal - dot(v, v))) };
}

function covariances(gp: GaussianProcess, x: Float64Array): Float64Array {
  const k = new Float64Array(gp.points.n);
  for (let i = 0; i < k.length; i++) k[i] = gp.signal * matern52(distance2(gp.points, i, x, gp.theta));
  return k;
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
  const sd = Math.sqrt(Math.max(1e-14, signal - dot(v, v)));
  const meanSlope = new Float64Array(d);
  const sdSlope = new Float64Array(d);
  for (let i = 0; i < points.n; i++) {
    const slope = 2 * signal * matern52Slope(distance2(points, i, x, theta));
    for (let c = 0; c < d; c++) {
      if (points.kinds[c] === 'unordered') continue;
      const change = slope * theta[c]! * (x[c]! - points.X[i * d + c]!);
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
