/**
 * The standard normal distribution function. φ(z) density, Φ(z) distribution.
 * Far from 0 the continued fraction of the tail: Φ(−t) = φ(t)/(t + k(t)), k(t) = 1/(t + 2/(t + 3/(t + …))).
 */
export const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/** k(t) for t ≥ 1, from the back; the part cut off is nearly the fixed point of x = t + i/x. Enough terms for full precision at every t. */
export function tailFraction(t: number): number {
  const terms = 40 + Math.ceil(160 / (t * t));
  let rest = (t + Math.sqrt(t * t + 4 * (terms + 1))) / 2;
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
