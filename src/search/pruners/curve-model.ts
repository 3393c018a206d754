import { normalCdf } from '../../core/normal-distribution.js';

/**
 * Where a learning curve ends: ℓ(t) = a + b·((t/T)^−c − 1) + noise, so that a is the value at the last step T (a power law, as in Domhan et
 * al. 2015). For each c of a grid a and b are normal (Bayesian linear regression with a closed form); the grid is averaged by how well
 * each c explains the points (its marginal likelihood).
 */
export interface FinalPrediction {
  /** moments of the mixture */
  mean: number;
  sd: number;
  /** one normal for each exponent */
  parts: { weight: number; mean: number; variance: number }[];
}

/** What finals are expected before a point is seen: from trials that have finished. */
export interface FinalPrior {
  mean: number;
  sd: number;
}

const EXPONENTS = [0.1, 0.15, 0.22, 0.33, 0.5, 0.7, 1, 1.4, 2];
const MAX_POINTS = 50;

/**
 * @param steps above 0, ascending, none above `last`   @param values finite, smaller is better
 */
export function predictFinal(
  steps: readonly number[],
  values: readonly number[],
  last: number,
  prior: FinalPrior,
): FinalPrediction {
  const kept = spread(steps.length, MAX_POINTS);
  const [t, y] = [kept.map((i) => steps[i]! / last), kept.map((i) => values[i]!)];
  const range = Math.max(Math.max(...y) - Math.min(...y), prior.sd, 1e-12);
  const fits = EXPONENTS.map((c) => fit(t, y, c, prior, range));
  const top = Math.max(...fits.map(({ evidence }) => evidence));
  const total = fits.reduce((sum, { evidence }) => sum + Math.exp(evidence - top), 0);
  const parts = fits.map(({ evidence, mean, variance }) => ({
    ...{ weight: Math.exp(evidence - top) / total, mean, variance },
  }));
  const mean = parts.reduce((sum, part) => sum + part.weight * part.mean, 0);
  const second = parts.reduce((sum, part) => sum + part.weight * (part.variance + part.mean ** 2), 0);
  return { mean, sd: Math.sqrt(Math.max(second - mean ** 2, 0)), parts };
}

/** P(final < bound) when the model's error on finished trials (its mean and variance) is added. */
export function chanceBelow(
  { parts }: FinalPrediction,
  bound: number,
  error: { mean: number; variance: number },
): number {
  return parts.reduce((sum, { weight, mean, variance }) => {
    const sd = Math.sqrt(variance + error.variance);
    return sum + weight * normalCdf((bound - mean - error.mean) / Math.max(sd, 1e-300));
  }, 0);
}

/** Posterior of a, and the log marginal likelihood, for one exponent. */
function fit(t: number[], y: number[], c: number, prior: FinalPrior, range: number) {
  const u = t.map((at) => at ** -c - 1);
  // Centred on the prior mean of a; b is anything that the range allows.
  const d = y.map((value) => value - prior.mean);
  const noise = Math.max(residualVariance(u, y), (range * 1e-3) ** 2);
  const [pa, pb] = [1 / prior.sd ** 2, (Math.max(...u.map(Math.abs), 1e-9) / (3 * range)) ** 2];
  const [saa, sab, sbb] = [y.length / noise + pa, sum(u) / noise, dot(u, u) / noise + pb];
  const [ra, rb] = [sum(d) / noise, dot(u, d) / noise];
  const det = saa * sbb - sab * sab;
  const [a, b] = [(sbb * ra - sab * rb) / det, (saa * rb - sab * ra) / det];
  const explained = a * ra + b * rb - dot(d, d) / noise;
  const evidence = 0.5 * (explained + Math.log(pa * pb) - Math.log(det)) - 0.5 * y.length * Math.log(noise);
  return { mean: prior.mean + a, variance: sbb / det, evidence };
}

/** Of the least-squares line through (u, y), with two degrees of freedom taken. */
function residualVariance(u: number[], y: number[]): number {
  const n = y.length;
  const [mu, my] = [sum(u) / n, sum(y) / n];
  const [du, dy] = [u.map((x) => x - mu), y.map((x) => x - my)];
  const slope = dot(du, dy) / Math.max(dot(du, du), 1e-300);
  const rest = dy.map((value, i) => value - slope * du[i]!);
  return dot(rest, rest) / Math.max(n - 2, 1);
}

/** At most `most` of n indices, evenly, the last one among them. */
function spread(n: number, most: number): number[] {
  if (n <= most) return Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round(((i + 1) * n) / most) - 1);
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const dot = (a: number[], b: number[]) => a.reduce((total, value, i) => total + value * b[i]!, 0);
