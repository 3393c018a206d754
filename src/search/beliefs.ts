import type { RandomStream } from '../core/random.js';
import { condition, fittedMeans, type GaussianProcess } from './gaussian-process.js';
import {
  hyperparameterBounds,
  hyperparametersOf,
  likeliestHyperparameters,
  logDensity,
  logPosterior,
} from './hyperparameters.js';
import { type PairDifferences, type Points, pairDifferences } from './kernel.js';
import { cholesky, dot, solveUpper } from './linear-algebra.js';

/**
 * Several Gaussian processes for the same observations, each with its share of belief. With few trials the hyperparameters are hardly known, and the
 * likeliest alone is too sure of itself (Snoek, Larochelle & Adams 2012, sec. 3.1, integrate over them): here draws from the Laplace
 * approximation at the likeliest ones, weighed by the true density (importance resampling; Gelman et al. 2013, sec. 10.4).
 *
 * φ  log hyperparameters      H  Hessian of −ln density at the likeliest φ      H = LLᵀ      φ = φ* + L⁻ᵀz, z standard normal
 */
export interface Belief {
  gp: GaussianProcess;
  /** the shares add up to 1 */
  share: number;
}

const PROPOSALS = 48;

/** How many draws: the more trials there are, the less the draws differ and the more each costs. */
function drawsFor(trials: number): number {
  return trials <= 30 ? 8 : trials <= 60 ? 4 : 1;
}

export function fitBeliefs(points: Points, y: Float64Array, stream: RandomStream): Belief[] {
  const phi = likeliestHyperparameters(points, y);
  const likeliest = { gp: condition(points, y, hyperparametersOf(phi)), share: 1 };
  const draws = drawsFor(points.n);
  if (draws === 1) return [likeliest];
  const differences = pairDifferences(points);
  const drawn = resampled(proposals({ points, y, phi, differences }, stream), draws, stream);
  if (drawn.size === 0) return [likeliest];
  return [...drawn].map(([one, count]) => ({
    gp: condition(points, y, hyperparametersOf(one), differences),
    share: count / draws,
  }));
}

interface Fit {
  points: Points;
  y: Float64Array;
  phi: Float64Array;
  differences: PairDifferences;
}

interface Proposal {
  phi: Float64Array;
  /** ln (density / density of the proposal), up to a constant */
  logWeight: number;
}

function proposals(fit: Fit, stream: RandomStream): Proposal[] {
  const { points, y, phi, differences } = fit;
  const { lower, upper } = hyperparameterBounds(points.kinds.length);
  const L = factorOfHessian(fit);
  return Array.from({ length: PROPOSALS }, () => {
    const z = phi.map(() => stream.nextNormal());
    const step = solveUpper(L, z);
    const drawn = phi.map((v, k) => Math.min(upper[k]!, Math.max(lower[k]!, v + step[k]!)));
    return { phi: drawn, logWeight: logDensity(points, y, drawn, differences) + 0.5 * dot(z, z) };
  });
}

/** Cholesky factor of H by differences of the gradient; where it is not positive definite its diagonal is raised until it is. */
function factorOfHessian({ points, y, phi, differences }: Fit): Float64Array {
  const m = phi.length;
  const gradientAt = (k: number, step: number) =>
    logPosterior(points, y, phi.with(k, phi[k]! + step), differences).gradient;
  const columns = Array.from({ length: m }, (_, k) => {
    const [up, down] = [gradientAt(k, 0.05), gradientAt(k, -0.05)];
    return up.map((g, i) => -(g - down[i]!) / 0.1);
  });
  const H = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < m; k++) H[i * m + k] = 0.5 * (columns[k]![i]! + columns[i]![k]!);
  }
  return raisedCholesky(H, m);
}

function raisedCholesky(H: Float64Array, m: number): Float64Array {
  for (let raise = 0.02; ; raise *= 2) {
    const raised = H.map((h, at) => (at % (m + 1) === 0 ? Math.max(h, 0) + raise : h));
    const L = cholesky(raised, m);
    if (L !== undefined) return L;
  }
}

/** Systematic resampling: each proposal as often as its weight says. */
function resampled(all: readonly Proposal[], draws: number, stream: RandomStream): Map<Float64Array, number> {
  const usable = all.filter(({ logWeight }) => Number.isFinite(logWeight));
  const top = Math.max(...usable.map(({ logWeight }) => logWeight));
  const weights = usable.map(({ logWeight }) => Math.exp(logWeight - top));
  const total = weights.reduce((sum, w) => sum + w, 0);
  const counts = new Map<Float64Array, number>();
  let next = stream.next();
  let seen = 0;
  usable.forEach(({ phi }, i) => {
    seen += (weights[i]! / total) * draws;
    for (; next < seen; next++) counts.set(phi, (counts.get(phi) ?? 0) + 1);
  });
  return counts;
}

/** What the noise-free function is believed to be at the observed points, averaged. */
export function believedMeans(beliefs: readonly Belief[]): Float64Array {
  const sum = new Float64Array(beliefs[0]!.gp.points.n);
  for (const { gp, share } of beliefs) {
    fittedMeans(gp).forEach((mean, i) => {
      sum[i]! += share * mean;
    });
  }
  return sum;
}
