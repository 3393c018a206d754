import { condition, type GaussianProcess, type Hyperparameters } from './gaussian-process.js';
import {
  matern52,
  matern52Slope,
  type PairDifferences,
  type Points,
  pairDifferences,
  pairDistances2,
} from './kernel.js';
import { type BoxProblem, minimiseInBox } from './lbfgs.js';
import { dot, halfLogDeterminant, inverseFromCholesky } from './linear-algebra.js';

/**
 * Choosing a Gaussian process's hyperparameters: the largest posterior density (Rasmussen & Williams 2006, chapter 5).
 *
 * φ  log hyperparameters: d of ln θ, then ln s², then ln σ²      the other letters as in gaussian-process.ts
 */

/**
 * Log-normal priors of the hyperparameters. Length scales: ln ℓ ~ N(−0.3 + ¼ ln d, 0.7²), about the width of the cube: a range that a person
 * wrote down usually holds one valley. The growth with d keeps a point's neighbourhood from vanishing, as in Hvarfner, Hellsten & Nardi 2024
 * ("Vanilla Bayesian Optimization Performs Great in High Dimensions"); their own prior, √2 + ½ ln d with deviation √3, was made for many dimensions and
 * many trials, and with 20 trials in 3 to 8 dimensions it made the model too sure far from the data (docs/decisions/0012-the-bayesian-sampler.md).
 * Noise: ln σ² ~ N(−4, 1), as BoTorch's default; signal: ln s² ~ N(0, ½²), because y is standardised.
 */
export const PRIOR = {
  lengthScale: (d: number) => ({ mean: -0.3 + 0.25 * Math.log(d), sd: 0.7 }),
  signal: { mean: 0, sd: 0.5 },
  noise: { mean: -4, sd: 1 },
};
const BOUNDS = { theta: [-12, 9], signal: [-3, 3], noise: [Math.log(1e-6), 0.5] } as const;

/** ln p(y | X, φ), eq. 2.30 */
export function logMarginalLikelihood({ y, alpha, L, points }: GaussianProcess): number {
  const { n } = points;
  return -0.5 * dot(y, alpha) - halfLogDeterminant(L, n) - 0.5 * n * Math.log(2 * Math.PI);
}

/** d ln p(y | X, φ)/dφ, eq. 5.9: ½ tr((ααᵀ − K⁻¹) dK/dφ) */
export function likelihoodGradient(
  gp: GaussianProcess,
  differences: PairDifferences = pairDifferences(gp.points),
): Float64Array {
  const { points, theta, signal, noise, alpha, L } = gp;
  const { n } = points;
  const d = theta.length;
  const inverse = inverseFromCholesky(L, n);
  const R = pairDistances2(differences, theta);
  const gradient = new Float64Array(d + 2);
  /** (ααᵀ − K⁻¹)·dK/d(r²) of each pair */
  const slopes = new Float64Array(R.length);
  for (let i = 0, at = 0; i < n; i++) {
    const weight = 0.5 * (alpha[i]! * alpha[i]! - inverse[i * n + i]!);
    gradient[d]! += weight * signal;
    gradient[d + 1]! += weight * noise;
    for (let j = 0; j < i; j++, at++) {
      const w = signal * (alpha[i]! * alpha[j]! - inverse[i * n + j]!);
      gradient[d]! += w * matern52(R[at] ?? 0);
      slopes[at] = w * matern52Slope(R[at] ?? 0);
    }
  }
  for (let k = 0; k < d; k++) gradient[k] = theta[k]! * dot(slopes, differences[k]!);
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
export function logPosterior(
  points: Points,
  y: Float64Array,
  phi: Float64Array,
  differences: PairDifferences = pairDifferences(points),
) {
  const gp = condition(points, y, hyperparametersOf(phi), differences);
  const prior = logPrior(phi, points.kinds.length);
  const gradient = likelihoodGradient(gp, differences).map((g, k) => g + prior.gradient[k]!);
  return { value: logMarginalLikelihood(gp) + prior.value, gradient };
}

/** The process whose hyperparameters maximise the posterior, from a few fixed starts (short, middling and long length scales). */
export function fitGaussianProcess(points: Points, y: Float64Array): GaussianProcess {
  const d = points.kinds.length;
  const problem = posteriorProblem(points, y);
  const { mean } = PRIOR.lengthScale(d);
  const minima = [-2 * mean, -2 * (mean - 1), -2 * (mean + 1)].map((lnTheta) =>
    minimiseInBox(problem, startAt(lnTheta, d), { maxIterations: 40, tolerance: 1e-3 }),
  );
  const best = minima.reduce((a, b) => (b.value < a.value ? b : a));
  return condition(points, y, hyperparametersOf(best.x));
}

function startAt(lnTheta: number, d: number): Float64Array {
  return Float64Array.from([...Array.from({ length: d }, () => lnTheta), 0, PRIOR.noise.mean]);
}

function posteriorProblem(points: Points, y: Float64Array): BoxProblem {
  const differences = pairDifferences(points);
  const bounds = [...points.kinds.map(() => BOUNDS.theta), BOUNDS.signal, BOUNDS.noise];
  return {
    lower: Float64Array.from(bounds, (b) => b[0]),
    upper: Float64Array.from(bounds, (b) => b[1]),
    evaluate(phi) {
      const { value, gradient } = logPosterior(points, y, phi, differences);
      return { value: -value, gradient: gradient.map((g) => -g) };
    },
  };
}
