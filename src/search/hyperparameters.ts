import { condition, conditionOn, type GaussianProcess, type Hyperparameters } from './gaussian-process.js';
import { type PairDifferences, type Points, pairDifferences, pairSlopes, pointAt } from './kernel.js';
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
export const BOUNDS = { theta: [-12, 9], signal: [-4, 3], noise: [Math.log(1e-6), 0.5] } as const;

/** ln p(y | X, φ), eq. 2.30 */
export function logMarginalLikelihood({ y, alpha, L, points }: GaussianProcess): number {
  const { n } = points;
  return -0.5 * dot(y, alpha) - halfLogDeterminant(L, n) - 0.5 * n * Math.log(2 * Math.PI);
}

/** d ln p(y | X, φ)/dφ, eq. 5.9: ½ tr((ααᵀ − K⁻¹) dK/dφ) */
export function likelihoodGradient(
  gp: GaussianProcess,
  differences: PairDifferences = pairDifferences(gp.points),
  { M, slope }: { M: Float64Array; slope: Float64Array } = pairSlopes(differences, gp.theta),
): Float64Array {
  const { signal, noise, theta } = gp;
  const d = theta.length;
  const { pairs, trace } = sensitivities(gp);
  const gradient = new Float64Array(d + 2);
  gradient[d] = signal * (dot(M, pairs) + trace);
  gradient[d + 1] = trace * noise;
  for (let at = 0; at < slope.length; at++) pairs[at]! *= signal * slope[at]!;
  for (let k = 0; k < d; k++) gradient[k] = theta[k]! * dot(differences[k]!, pairs);
  return gradient;
}

/** ααᵀ − K⁻¹ of each pair (both triangles together), and half its trace */
function sensitivities({ points: { n }, alpha, L }: GaussianProcess): { pairs: Float64Array; trace: number } {
  const inverse = inverseFromCholesky(L, n);
  const pairs = new Float64Array((n * (n - 1)) / 2);
  let trace = 0;
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < i; j++) pairs[at++] = alpha[i]! * alpha[j]! - inverse[i * n + j]!;
    trace += 0.5 * (alpha[i]! * alpha[i]! - inverse[i * n + i]!);
  }
  return { pairs, trace };
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
  const hyper = hyperparametersOf(phi);
  const slopes = pairSlopes(differences, hyper.theta);
  const gp = conditionOn(points, y, hyper, slopes.M);
  const prior = logPrior(phi, points.kinds.length);
  const gradient = likelihoodGradient(gp, differences, slopes).map((g, k) => g + prior.gradient[k]!);
  return { value: logMarginalLikelihood(gp) + prior.value, gradient };
}

/** ln p(y | X, φ) + ln p(φ) alone */
export function logDensity(
  points: Points,
  y: Float64Array,
  phi: Float64Array,
  differences: PairDifferences,
): number {
  const gp = condition(points, y, hyperparametersOf(phi), differences);
  return logMarginalLikelihood(gp) + logPrior(phi, points.kinds.length).value;
}

/** More points than these are left out while the starts are compared. */
const COARSE = 40;
/** … and more than these while the best is climbed: eighty say what the length scales are. */
const FINE = 80;

/**
 * φ of largest posterior density: the best of a few fixed starts (middling, short and long length scales), climbed on a part of the points
 * where there are many, then on all.
 */
export function likeliestHyperparameters(points: Points, y: Float64Array): Float64Array {
  const d = points.kinds.length;
  const { mean } = PRIOR.lengthScale(d);
  const some = thinned(points, y, COARSE);
  const coarse = posteriorProblem(some.points, some.y);
  const minima = [-2 * mean, -2 * (mean - 1), -2 * (mean + 1)].map((lnTheta) =>
    minimiseInBox(coarse, startAt(lnTheta, d), { maxIterations: 30, tolerance: 1e-2 }),
  );
  const best = minima.reduce((a, b) => (b.value < a.value ? b : a));
  const options = { maxIterations: points.n > COARSE ? 10 : 20, tolerance: 1e-3 };
  const more = thinned(points, y, FINE);
  return minimiseInBox(posteriorProblem(more.points, more.y), best.x, options).x;
}

/** Evenly picked rows, at most `most` of them; the order is that of the trials. */
function thinned(points: Points, y: Float64Array, most: number): { points: Points; y: Float64Array } {
  if (points.n <= most) return { points, y };
  const rows = Array.from({ length: most }, (_, i) => Math.floor(((i + 0.5) * points.n) / most));
  const X = Float64Array.from(rows.flatMap((i) => [...pointAt(points, i)]));
  const extra = points.extra && Float64Array.from(rows, (i) => points.extra![i]!);
  return {
    points: { ...points, X, n: most, ...(extra && { extra }) },
    y: Float64Array.from(rows, (i) => y[i]!),
  };
}

/** The process at φ of largest posterior density. */
export function fitGaussianProcess(points: Points, y: Float64Array): GaussianProcess {
  return condition(points, y, hyperparametersOf(likeliestHyperparameters(points, y)));
}

function startAt(lnTheta: number, d: number): Float64Array {
  return Float64Array.from([
    ...Array.from({ length: d }, () => lnTheta),
    PRIOR.signal.mean,
    PRIOR.noise.mean,
  ]);
}

/** The box in which φ is looked for. */
export function hyperparameterBounds(d: number): { lower: Float64Array; upper: Float64Array } {
  const theta = Array.from({ length: d }, () => BOUNDS.theta);
  const bounds = [...theta, BOUNDS.signal, BOUNDS.noise];
  return {
    lower: Float64Array.from(bounds, (b) => b[0]),
    upper: Float64Array.from(bounds, (b) => b[1]),
  };
}

function posteriorProblem(points: Points, y: Float64Array): BoxProblem {
  const differences = pairDifferences(points);
  return {
    ...hyperparameterBounds(points.kinds.length),
    evaluate(phi) {
      const { value, gradient } = logPosterior(points, y, phi, differences);
      return { value: -value, gradient: gradient.map((g) => -g) };
    },
  };
}
