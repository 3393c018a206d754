import { logNormalCdf, normalTail } from './acquisition.js';
import type { Acquisition } from './acquisition-function.js';
import { type GaussianProcess, predict, predictWithSlopes } from './gaussian-process.js';

/**
 * ln P(f(x) ≤ bound): the probability of feasibility, which weighs an improvement (Schonlau, Welch & Jones 1998; Gardner et al. 2014, "Bayesian
 * Optimization with Inequality Constraints"). z = (bound − m)/s, so d/dm = −(φ/Φ)/s and d/ds = −(φ/Φ)·z/s.
 */
export function chanceBelow(gp: GaussianProcess, bound: number): Acquisition {
  return {
    value: (x) => {
      const { mean, sd } = predict(gp, x);
      return logNormalCdf((bound - mean) / sd);
    },
    sloped: (x) => {
      const { mean, sd, meanSlope, sdSlope } = predictWithSlopes(gp, x);
      const z = (bound - mean) / sd;
      const tail = normalTail(z) / sd;
      return { value: logNormalCdf(z), slopes: meanSlope.map((m, j) => -tail * (m + z * sdSlope[j]!)) };
    },
  };
}
