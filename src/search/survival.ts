import type { Acquisition, SlopedValue } from './acquisition-function.js';
import { expNegative } from './exponential.js';
import { addSlopes, scratchFor } from './gaussian-process.js';
import {
  distance2,
  matern52,
  type PairDifferences,
  type Points,
  pairDifferences,
  pairSlopes,
} from './kernel.js';
import {
  cholesky,
  dot,
  halfLogDeterminant,
  inverseFromCholesky,
  solveCholesky,
  solveLowerInto,
  solveUpper,
} from './linear-algebra.js';

/**
 * The chance that a trial does not diverge: Gaussian process classification with the logistic likelihood and the Laplace approximation (Rasmussen &
 * Williams 2006, algorithms 3.1, 3.2 and 5.1), here with a constant mean of the latent function.
 *
 * n  points   y  +1 survived, −1 diverged   f  latent values   μ  their prior mean   K = s²M   p = 1/(1 + e^−f)
 * g  d ln p(y|f)/df = (y+1)/2 − p      W  −d² ln p(y|f)/df² = p(1 − p)      B = I + W½KW½ = LLᵀ      at the mode K⁻¹(f − μ) = g
 */
export interface SurvivalHyperparameters {
  /** θ_d = 1/ℓ_d² */
  theta: Float64Array;
  /** s² */
  signal: number;
  /** μ */
  mean: number;
}

export interface SurvivalModel extends SurvivalHyperparameters {
  points: Points;
  f: Float64Array;
  g: Float64Array;
  rootW: Float64Array;
  L: Float64Array;
  /** the approximate ln p(y | X, θ, s², μ), eq. 3.32 */
  logEvidence: number;
}

const MOST_STEPS = 30;

/** The mode of the latent values by Newton's method, halved where a step would worsen. */
export function classify(
  points: Points,
  y: Float64Array,
  hyper: SurvivalHyperparameters,
  M: Float64Array = pairSlopes(pairDifferences(points), hyper.theta).M,
): SurvivalModel {
  const K = kernelMatrix(points.n, hyper.signal, M);
  let at = stateAt(K, y, new Float64Array(points.n), hyper.mean);
  for (let step = 0; step < MOST_STEPS; step++) {
    const next = newtonStep(K, y, at, hyper.mean);
    const gain = next.objective - at.objective;
    if (gain > 0) at = next;
    if (!(gain > 1e-9)) break;
  }
  const { f, g, rootW } = at;
  const L = factorOfB(K, rootW);
  return { ...hyper, points, f, g, rootW, L, logEvidence: at.objective - halfLogDeterminant(L, points.n) };
}

/** a = K⁻¹(f − μ), and what Newton's method maximises: −½aᵀ(f − μ) + ln p(y|f) */
interface Mode {
  a: Float64Array;
  f: Float64Array;
  g: Float64Array;
  rootW: Float64Array;
  objective: number;
}

function stateAt(K: Float64Array, y: Float64Array, a: Float64Array, mean: number): Mode {
  const n = y.length;
  const f = new Float64Array(n);
  const [g, rootW] = [new Float64Array(n), new Float64Array(n)];
  let objective = 0;
  for (let i = 0; i < n; i++) {
    const deviation = dot(K.subarray(i * n, (i + 1) * n), a);
    f[i] = mean + deviation;
    const p = logistic(f[i]!);
    g[i] = (y[i]! + 1) / 2 - p;
    rootW[i] = Math.sqrt(p * (1 - p));
    objective += logLogistic(y[i]! * f[i]!) - 0.5 * a[i]! * deviation;
  }
  return { a, f, g, rootW, objective };
}

/** Lines 5 to 8 of algorithm 3.1. */
function newtonStep(K: Float64Array, y: Float64Array, { f, g, rootW, a, objective }: Mode, mean: number) {
  const n = y.length;
  const L = factorOfB(K, rootW);
  const b = f.map((value, i) => rootW[i]! ** 2 * (value - mean) + g[i]!);
  const Kb = times(K, b);
  const solved = solveCholesky(
    L,
    Kb.map((value, i) => rootW[i]! * value),
  );
  const whole = b.map((value, i) => value - rootW[i]! * solved[i]!);
  let next = stateAt(K, y, whole, mean);
  for (let halves = 0; next.objective < objective && halves < 10; halves++) {
    for (let i = 0; i < n; i++) whole[i] = 0.5 * (whole[i]! + a[i]!);
    next = stateAt(K, y, whole.slice(), mean);
  }
  return next;
}

function kernelMatrix(n: number, signal: number, M: Float64Array): Float64Array {
  const K = new Float64Array(n * n);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < i; j++, at++) K[i * n + j] = K[j * n + i] = signal * M[at]!;
    K[i * n + i] = signal;
  }
  return K;
}

/** B's eigenvalues are at least 1: it always has a factor. */
function factorOfB(K: Float64Array, rootW: Float64Array): Float64Array {
  const n = rootW.length;
  const B = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) B[i * n + j] = rootW[i]! * K[i * n + j]! * rootW[j]!;
    B[i * n + i] = 1 + rootW[i]! ** 2 * K[i * n + i]!;
  }
  return cholesky(B, n)!;
}

function times(A: Float64Array, x: Float64Array): Float64Array {
  const n = x.length;
  return Float64Array.from({ length: n }, (_, i) => dot(A.subarray(i * n, (i + 1) * n), x));
}

function logistic(x: number): number {
  const e = expNegative(Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/** ln(1/(1 + e^−x)) */
function logLogistic(x: number): number {
  return Math.min(x, 0) - Math.log1p(expNegative(Math.abs(x)));
}

interface Latent {
  mean: number;
  variance: number;
  /** L⁻¹W½k */
  v: Float64Array;
}

/** Mean and variance of the latent function at a point, eq. 3.21 and 3.24. */
export function latentAt(model: SurvivalModel, x: Float64Array): Latent {
  const { points, theta, signal, g, rootW, L } = model;
  const { n } = points;
  const { k, r2 } = scratchFor(n);
  let mean = model.mean;
  for (let i = 0; i < n; i++) {
    r2[i] = distance2(points, i, x, theta);
    const covariance = signal * matern52(r2[i]!);
    mean += covariance * g[i]!;
    k[i] = rootW[i]! * covariance;
  }
  const v = solveLowerInto(L, k, n, new Float64Array(n));
  return { mean, variance: Math.max(0, signal - dot(v, v)), v };
}

/** ln of the chance to survive at a point: the logistic of the latent normal, averaged by MacKay's approximation (1992), κ = (1 + πv/8)^−½. */
export function logSurvival(model: SurvivalModel, x: Float64Array): number {
  const { mean, variance } = latentAt(model, x);
  return logLogistic(mean / Math.sqrt(1 + (Math.PI * variance) / 8));
}

/**
 * As a factor of what a search maximises: the logistic of the latent value one deviation above its mean. Only where the model is sure of it a trial is held
 * back. Where it is merely unsure the values decide, in which diverged trials count as the worst: the plain chance made the search too timid to
 * come near an optimum beside the cliff (docs/decisions/0027-which-trials-diverge.md).
 */
export function survivalOf(model: SurvivalModel): Acquisition {
  return { value: (x) => hopeful(latentAt(model, x)).value, sloped: (x) => hopefulSlopes(model, x) };
}

function hopeful({ mean, variance }: Latent): { value: number; z: number; sd: number } {
  const sd = Math.sqrt(Math.max(variance, 1e-12));
  return { value: logLogistic(mean + sd), z: mean + sd, sd };
}

/** Slopes along the ordered dimensions, 0 along the others. */
function hopefulSlopes(model: SurvivalModel, x: Float64Array): SlopedValue {
  const { points, g, rootW, L } = model;
  const latent = latentAt(model, x);
  const { r2 } = scratchFor(points.n);
  const { value, z, sd } = hopeful(latent);
  const w = solveUpper(L, latent.v);
  const [meanSlope, sdSlope] = [new Float64Array(x.length), new Float64Array(x.length)];
  for (let i = 0; i < points.n; i++) {
    addSlopes(model, points, i, r2[i]!, x, [g[i]!, (-rootW[i]! * w[i]!) / sd], [meanSlope, sdSlope]);
  }
  const byZ = 1 - logistic(z);
  return { value, slopes: meanSlope.map((m, k) => byZ * (m + sdSlope[k]!)) };
}

/**
 * d logEvidence/d(ln θ, ln s², μ), algorithm 5.1 with a = g at the mode. R = W½B⁻¹W½; the sum over a derivative C of K is
 * Σ C_ij (½g_i g_j − ½R_ij + u_i g_j), u = s − RKs.
 */
export function evidenceGradient(
  model: SurvivalModel,
  differences: PairDifferences,
  { M, slope }: { M: Float64Array; slope: Float64Array },
): Float64Array {
  const { signal, theta, g } = model;
  const n = g.length;
  const { R, u, byMean } = sensitivities(model, M);
  const weights = new Float64Array(M.length);
  let bySignal = 0;
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < i; j++, at++) {
      weights[at] = g[i]! * g[j]! - R[i * n + j]! + u[i]! * g[j]! + u[j]! * g[i]!;
    }
    bySignal += 0.5 * g[i]! ** 2 - 0.5 * R[i * n + i]! + u[i]! * g[i]!;
  }
  const gradient = new Float64Array(theta.length + 2);
  gradient[theta.length] = signal * (dot(M, weights) + bySignal);
  gradient[theta.length + 1] = byMean;
  for (let at = 0; at < weights.length; at++) weights[at]! *= signal * slope[at]!;
  for (let k = 0; k < theta.length; k++) gradient[k] = theta[k]! * dot(differences[k]!, weights);
  return gradient;
}

/**
 * R, u, and the derivative by the mean: Σ g + sᵀ(I + KW)⁻¹1. Since B⁻¹ = I − W½(K⁻¹ + W)⁻¹W½, the posterior variance times W is 1 − diag B⁻¹, and
 * s = ½ (1 − diag B⁻¹)(2p − 1).
 */
function sensitivities({ points: { n }, signal, rootW, L, g, f }: SurvivalModel, M: Float64Array) {
  const R = inverseFromCholesky(L, n);
  const s = f.map((value, i) => 0.5 * (1 - R[i * n + i]!) * (2 * logistic(value) - 1));
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) R[i * n + j]! *= rootW[i]! * rootW[j]!;
  const RKs = times(R, times(kernelMatrix(n, signal, M), s));
  const u = s.map((value, i) => value - RKs[i]!);
  return { R, u, byMean: u.reduce((sum, value, i) => sum + value + g[i]!, 0) };
}
