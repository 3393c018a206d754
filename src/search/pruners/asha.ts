import type { AshaRule } from '../../core/early-terminate.js';
import {
  lastStep,
  longestFinished,
  type Progress,
  type Pruner,
  short,
  signOf,
  type TrialCurve,
} from './pruner.js';

/**
 * Asynchronous successive halving (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning"), the variant that stops instead
 * of pausing, as Optuna has it: at each rung a trial goes on if it is among the best ⌊n/eta⌋ (one at least) of the n trials that came there,
 * itself included. Brackets with later first rungs make it asynchronous Hyperband.
 */
export const judgeByAsha: Pruner<AshaRule> = (curve, peers, rule, goal, progress) => {
  const bracket = curve.trial % rule.brackets;
  const rung = rungsOf(rule, bracket, peers, progress).findLast((at) => at <= lastStep(curve));
  if (rung === undefined) return null;
  const sign = signOf(goal);
  const at = firstAt(curve, rung);
  const value = sign * curve.values[at]!;
  const others = peers
    .filter((peer) => peer.trial % rule.brackets === bracket && lastStep(peer) >= rung)
    .map((peer) => sign * peer.values[firstAt(peer, rung)]!)
    .filter((other) => !Number.isNaN(other));
  if (others.length < rule.minTrials && !Number.isNaN(value)) return null;
  const ranked = [...others, value].filter((v) => !Number.isNaN(v)).sort((a, b) => a - b);
  const kept = Math.max(1, Math.floor(ranked.length / rule.eta));
  const threshold = ranked[kept - 1] ?? Number.NaN;
  const stop = !(value <= threshold);
  const why = `value ${short(sign * value)} at rung ${rung} is ${stop ? 'worse than' : 'within'} ${short(sign * threshold)}, the best ${kept} of ${ranked.length} trials there`;
  return {
    ...{ stop, rule: 'asha', rung, step: curve.steps[at]!, value: sign * value, threshold: sign * threshold },
    ...{ probability: null, predicted: null, peers: others.length, why },
  };
};

/** The first rung is a tenth of a full trial if the rule does not say, and never in the warm-up. */
function rungsOf(
  rule: AshaRule,
  bracket: number,
  peers: readonly TrialCurve[],
  progress: Progress,
): number[] {
  const last = rule.maxSteps ?? progress.maxSteps ?? longestFinished(peers);
  const first = Math.max(rule.minSteps ?? Math.ceil((last ?? Number.NaN) / 10), progress.warmupSteps, 1);
  if (Number.isNaN(first)) return [];
  const rungs: number[] = [];
  // At the last step there is nothing left to save; where it is unknown no curve is that long.
  const end = last ?? 1e9;
  for (let rung = first * rule.eta ** bracket; rung < end; rung *= rule.eta) rungs.push(Math.ceil(rung));
  return rungs;
}

/** The index of the first point at a step or after it; there is one. */
function firstAt({ steps }: TrialCurve, step: number): number {
  let at = steps.length - 1;
  while (at > 0 && steps[at - 1]! >= step) at--;
  return at;
}
