import { HALF_LOG_2PI, normalCdf, tailFraction } from '../core/normal-distribution.js';

/**
 * Log expected improvement for minimisation, without underflow (Ament, Daulton, Eriksson, Balandat, Bakshy 2023, "Unexpected Improvements to
 * Expected Improvement", sec. 4.1).
 *
 * f*  value to improve on      m, sd  posterior      z = (f* − m)/sd      h(z) = φ(z) + z Φ(z)      EI = sd·h(z)
 *
 * For z ≤ −1 we write t = −z and use the continued fraction of the normal tail: Φ(−t) = φ(t)/(t + k(t)), k(t) = 1/(t + 2/(t + 3/(t + …))).
 * Then h = φ(t)·k/(t + k), with no cancellation at any t, and d ln h/dz = Φ/h = 1/k.
 */

/** ln h(z), its slope d ln h/dz = Φ(z)/h(z), and φ(z)/h(z) = 1 − z·slope without the cancellation */
export function logH(z: number): { value: number; slope: number; density: number } {
  if (z > -1) {
    const cdf = normalCdf(z);
    const pdf = Math.exp(-0.5 * z * z - HALF_LOG_2PI);
    const h = pdf + z * cdf;
    return { value: Math.log(h), slope: cdf / h, density: pdf / h };
  }
  const t = -z;
  const k = tailFraction(t);
  const density = (t + k) / k;
  return { value: -0.5 * t * t - HALF_LOG_2PI - Math.log(density), slope: 1 / k, density };
}

/** ln Φ(z), far below the smallest number too */
export function logNormalCdf(z: number): number {
  if (z > -1) return Math.log(normalCdf(z));
  return -0.5 * z * z - HALF_LOG_2PI - Math.log(-z + tailFraction(-z));
}

/** φ(z)/Φ(z) = d ln Φ/dz */
export function normalTail(z: number): number {
  if (z <= -1) return -z + tailFraction(-z);
  return Math.exp(-0.5 * z * z - HALF_LOG_2PI) / normalCdf(z);
}

/** ln EI of a prediction */
export function logExpectedImprovement(best: number, mean: number, sd: number): number {
  return Math.log(sd) + logH((best - mean) / sd).value;
}

/** ln EI and its derivatives: dz/dm = −1/sd; by sd it is 1/sd − slope·z/sd = φ/(h·sd). */
export function logExpectedImprovementSlopes(best: number, mean: number, sd: number) {
  const z = (best - mean) / sd;
  const { value, slope, density } = logH(z);
  return { value: Math.log(sd) + value, byMean: -slope / sd, bySd: density / sd };
}
