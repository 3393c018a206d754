import { logExpectedImprovement, logH, logNormalCdf, normalTail } from './acquisition.js';
import { logSumExp } from './acquisition-function.js';

/**
 * The expected growth of the dominated area in two dimensions, exactly, for independent normal predictions and losses to minimise (Emmerich, Yang,
 * Deutz, Wang & Fonseca 2016, "A Multicriteria Generalization of Bayesian Global Optimization", sec. 4; Yang et al. 2019).
 *
 * (r₁, r₂)  reference      (a_i, b_i), i = 1…k  front: a ascends, b descends      a_0 = −∞, b_0 = r₂, a_{k+1} = r₁
 * m, s  posterior of each objective      ψ(x) = E[(x − Y)⁺] = s·h((x − m)/s)      Φ, φ  normal distribution function and density
 *
 * What is not dominated left of r₁ are strips a_i ≤ u < a_{i+1}, v < b_i, and P(a new point dominates (u, v)) = P(Y₁ ≤ u)·P(Y₂ ≤ v). So
 * EHVI = Σ_i [ψ₁(a_{i+1}) − ψ₁(a_i)]·ψ₂(b_i): a sum of positive terms, of which all logarithms are taken (Ament et al. 2023 say why).
 */
export interface Normal {
  mean: number;
  sd: number;
}

/** Strips of the front that the sum runs over. */
export interface Strip {
  /** −∞ for the first */
  from: number;
  to: number;
  top: number;
}

/** @param front in any order; points that are beaten, or beyond the reference, are left out   */
export function stripsOf(front: readonly (readonly number[])[], [r1, r2]: readonly number[]): Strip[] {
  const inside = front
    .filter(([a, b]) => a! < r1! && b! < r2!)
    .sort((p, q) => p[0]! - q[0]! || p[1]! - q[1]!);
  const strips: Strip[] = [];
  let from = Number.NEGATIVE_INFINITY;
  let top = r2!;
  for (const [a, b] of inside) {
    if (b! >= top) continue;
    if (a! > from) strips.push({ from, to: a!, top });
    [from, top] = [a!, b!];
  }
  return [...strips, { from, to: r1!, top }];
}

export function logExpectedHypervolume(strips: readonly Strip[], first: Normal, second: Normal): number {
  return logSumExp(
    strips.map(
      ({ from, to, top }) =>
        width(from, to, first).value + logExpectedImprovement(top, second.mean, second.sd),
    ),
  );
}

/** With its derivatives by the four moments. */
export function logExpectedHypervolumeSlopes(strips: readonly Strip[], first: Normal, second: Normal) {
  const terms = strips.map(({ from, to, top }) => ({
    across: width(from, to, first),
    down: logPsi(top, second),
  }));
  const value = logSumExp(terms.map(({ across, down }) => across.value + down.value));
  const by = { mean1: 0, sd1: 0, mean2: 0, sd2: 0 };
  for (const { across, down } of terms) {
    const weight = Math.exp(across.value + down.value - value);
    by.mean1 += weight * across.byMean;
    by.sd1 += weight * across.bySd;
    by.mean2 += weight * down.byMean;
    by.sd2 += weight * down.bySd;
  }
  return { value, ...by };
}

interface Sloped {
  value: number;
  byMean: number;
  bySd: number;
}

/** ln ψ(x): dψ/dm = −Φ, dψ/ds = φ */
function logPsi(x: number, { mean, sd }: Normal): Sloped {
  const { value, slope, density } = logH((x - mean) / sd);
  return { value: Math.log(sd) + value, byMean: -slope / sd, bySd: density / sd };
}

/** Narrower than this (in deviations) a strip is taken as its width times Φ at its middle: the difference of two ψ would cancel. */
const NARROW = 1e-4;

/** ln (ψ(to) − ψ(from)) */
function width(from: number, to: number, normal: Normal): Sloped {
  const upper = logPsi(to, normal);
  if (from === Number.NEGATIVE_INFINITY) return upper;
  if (to - from < NARROW * normal.sd) return narrow(from, to, normal);
  const lower = logPsi(from, normal);
  const ratio = Math.exp(lower.value - upper.value);
  const rest = -Math.expm1(lower.value - upper.value);
  return {
    value: upper.value + Math.log(rest),
    byMean: (upper.byMean - ratio * lower.byMean) / rest,
    bySd: (upper.bySd - ratio * lower.bySd) / rest,
  };
}

function narrow(from: number, to: number, { mean, sd }: Normal): Sloped {
  const z = ((from + to) / 2 - mean) / sd;
  const tail = normalTail(z);
  return { value: Math.log(to - from) + logNormalCdf(z), byMean: -tail / sd, bySd: (-tail * z) / sd };
}
