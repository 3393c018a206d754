import { logExpectedImprovement, logExpectedImprovementSlopes } from './acquisition.js';
import type { Acquisition, Sloped } from './acquisition-search.js';
import { type Anchor, type GaussianProcess, predict, predictWithSlopes } from './gaussian-process.js';
import { logSurvival, logSurvivalSlopes, type SurvivalModel } from './survival.js';

/** What a value is to improve on, as one of the models sees it. */
export interface TargetModel {
  gp: GaussianProcess;
  /** the value to improve on */
  best: number;
  /** the point that has it */
  anchor: Anchor;
  share: number;
}

/** ln of the expected improvement, averaged over the models by their shares, times the chance that the trial does not diverge. */
export function improvementOf(target: readonly TargetModel[], survival?: SurvivalModel): Acquisition {
  const surviving = (x: Float64Array) => (survival === undefined ? 0 : logSurvival(survival, x));
  const leading = [target.reduce((a, b) => (b.share > a.share ? b : a))];
  return {
    at: (x) => logImprovement(target, x) + surviving(x),
    ...(target.length > 1 && { screen: (x: Float64Array) => logImprovement(leading, x) + surviving(x) }),
    slopesAt(x) {
      const improvement = logImprovementSlopes(target, x);
      return survival === undefined ? improvement : sum(improvement, logSurvivalSlopes(survival, x));
    },
  };
}

function sum(a: Sloped, b: Sloped): Sloped {
  return { value: a.value + b.value, slopes: a.slopes.map((slope, k) => slope + b.slopes[k]!) };
}

export function logImprovement(target: readonly TargetModel[], x: Float64Array): number {
  const logs = target.map(({ gp, best, share, anchor }) => {
    const { mean, sd } = predict(gp, x, anchor);
    return Math.log(share) + logExpectedImprovement(best, mean, sd);
  });
  return logSumExp(logs);
}

/** d ln Σ_k EI_k is the mean of d ln EI_k weighed by EI_k. */
function logImprovementSlopes(target: readonly TargetModel[], x: Float64Array): Sloped {
  const parts = target.map(({ gp, best, share, anchor }) => {
    const { mean, sd, meanSlope, sdSlope } = predictWithSlopes(gp, x, anchor);
    const { value, byMean, bySd } = logExpectedImprovementSlopes(best, mean, sd);
    return { log: Math.log(share) + value, slopes: meanSlope.map((m, j) => byMean * m + bySd * sdSlope[j]!) };
  });
  const value = logSumExp(parts.map(({ log }) => log));
  const slopes = new Float64Array(x.length);
  for (const part of parts) {
    const weight = Math.exp(part.log - value);
    for (let j = 0; j < slopes.length; j++) slopes[j]! += weight * part.slopes[j]!;
  }
  return { value, slopes };
}

function logSumExp(logs: readonly number[]): number {
  const top = Math.max(...logs);
  return top + Math.log(logs.reduce((total, log) => total + Math.exp(log - top), 0));
}
