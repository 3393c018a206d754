/**
 * Log expected improvement for minimisation, without underflow (Ament, Daulton, Eriksson, Balandat, Bakshy 2023, "Unexpected Improvements to
 * Expected Improvement", sec. 4.1).
 *
 * f*  value to improve on      m, sd  posterior      z = (f* − m)/sd      h(z) = φ(z) + z Φ(z)      EI = sd·h(z)
 *
 * For z ≤ −1 we write t = −z and use the continued fraction of the normal tail: Φ(−t) = φ(t)/(t + k(t)), k(t) = 1/(t + 2/(t + 3/(t + …))).
 * Then h = φ(t)·k/(t + k), with no cancellation at any t, and d ln h/dz = Φ/h = 1/k.
 */
const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/** ln h(z) and its slope d ln h/dz = Φ(z)/h(z) */
export function logH(z: number): { value: number; slope: number } {
  if (z > -1) {
    const cdf = normalCdf(z);
    const h = Math.exp(-0.5 * z * z - HALF_LOG_2PI) + z * cdf;
    return { value: Math.log(h), slope: cdf / h };
  }
  const t = -z;
  const k = tailFraction(t);
  return { value: -0.5 * t * t - HALF_LOG_2PI + Math.log(k / (t + k)), slope: 1 / k };
}

/** k(t) for t ≥ 1, evaluated from the back; 120 terms give full precision at t = 1, far fewer are needed beyond. */
function tailFraction(t: number): number {
  const terms = Math.ceil(20 + 130 / (t * t));
  let rest = t;
  for (let i = terms; i >= 2; i--) rest = t + i / rest;
  return 1 / rest;
}

/** Φ(z): the tail fraction beyond ±1, the series of the error function (Abramowitz & Stegun 26.2.11) between. */
export function normalCdf(z: number): number {
  if (z <= -1) return Math.exp(-0.5 * z * z - HALF_LOG_2PI) / (-z + tailFraction(-z));
  if (z >= 1) return 1 - normalCdf(-z);
  let term = z;
  let sum = z;
  for (let i = 3; Math.abs(term) > 1e-17; i += 2) {
    term *= (z * z) / i;
    sum += term;
  }
  return 0.5 + Math.exp(-0.5 * z * z - HALF_LOG_2PI) * sum;
}

/** ln EI of a prediction */
export function logExpectedImprovement(best: number, mean: number, sd: number): number {
  return Math.log(sd) + logH((best - mean) / sd).value;
}

/** ln EI and its derivatives by the mean and the deviation: dz/dm = −1/sd, dz/dsd = −z/sd. */
export function logExpectedImprovementSlopes(best: number, mean: number, sd: number) {
  const z = (best - mean) / sd;
  const { value, slope } = logH(z);
  return { value: Math.log(sd) + value, byMean: -slope / sd, bySd: (1 - slope * z) / sd };
}
