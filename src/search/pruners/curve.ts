import type { CurveRule } from '../../core/early-terminate.js';
import type { Goal } from '../../core/metric-value.js';
import { chanceBelow, type FinalPrior, predictFinal } from './curve-model.js';
import {
  countUpTo,
  lastStep,
  longestFinished,
  type Progress,
  type Pruner,
  type StopDecision,
  short,
  signOf,
  type TrialCurve,
} from './pruner.js';

/** Points that a curve needs before its end is predicted. */
const LEAST_POINTS = 3;
/** In the last tenth there is nothing to save. */
const LAST_PART = 0.9;

/**
 * Stops a trial when its predicted final value has less than `threshold` chance to beat the best finished one, at two judgements in a row. The
 * model's own error is measured on the finished trials at the same step (schedules that decay bend curves down at the end) and added.
 */
export const judgeByCurve: Pruner<CurveRule> = (curve, peers, rule, goal, progress) => {
  const finished = finishedOf(peers);
  if (finished.length < rule.minTrials) return null;
  const last = rule.maxSteps ?? progress.maxSteps ?? longestFinished(peers);
  if (last === null) return null;
  const first = Math.max(rule.minSteps ?? Math.ceil(last / 10), progress.warmupSteps);
  const step = lastStep(curve);
  if (step < first || step > LAST_PART * last) return null;
  const sign = signOf(goal);
  const now = chanceAt(curve, finished, { step, first, last, sign });
  if (now === null) return null;
  const before = curve.steps[curve.steps.length - 2]!;
  const earlier = chanceAt(curve, finished, { step: before, first, last, sign });
  const stop = earlier !== null && Math.max(now.chance, earlier.chance) < rule.threshold;
  return decisionOf(curve, stop, now, sign);
};

interface Moment {
  step: number;
  first: number;
  last: number;
  sign: number;
}

interface Chance {
  chance: number;
  best: number;
  predicted: { mean: number; sd: number };
  peers: number;
}

function chanceAt(curve: TrialCurve, finished: readonly TrialCurve[], at: Moment): Chance | null {
  const end = endAt(curve, finished, at);
  if (end === null) return null;
  const { own, error, finals } = end;
  const best = Math.min(...finals);
  return {
    ...{ chance: chanceBelow(own, best, error), best, peers: finished.length },
    predicted: { mean: own.mean + error.mean, sd: Math.sqrt(own.sd ** 2 + error.variance) },
  };
}

/** Where a curve ends by its own points, and how wrong such guesses were for the finished trials at the same step. */
function endAt(curve: TrialCurve, finished: readonly TrialCurve[], at: Moment) {
  const finals = finished.map((peer) => at.sign * finalOf(peer));
  const prior = priorOf(finals);
  const own = predictAt(curve, at, prior);
  if (own === null) return null;
  const errors = finished.flatMap((peer, i) => {
    const guess = predictAt(peer, at, prior);
    return guess === null ? [] : [finals[i]! - guess.mean];
  });
  return errors.length < 2 ? null : { own, error: momentsOf(errors), finals };
}

export interface PredictedEnd {
  mean: number;
  variance: number;
}

/**
 * The final value that a trial was heading for when it was stopped, by whatever rule, in the objective's units.
 * Never better than the best finished one: that nobody saw, and the search must not chase it.
 * @param peers the sweep's other trials; the finished ones count
 * @returns null where too little is known: fewer than two finished trials or three points of its own
 */
export function predictStopped(
  curve: TrialCurve,
  peers: readonly TrialCurve[],
  goal: Goal,
  progress: Progress,
): PredictedEnd | null {
  const finished = finishedOf(peers);
  const last = progress.maxSteps ?? longestFinished(peers);
  const step = lastStep(curve);
  if (finished.length < 2 || last === null || step > last) return null;
  const sign = signOf(goal);
  const first = Math.max(last / 10, progress.warmupSteps);
  const end = endAt(curve, finished, { step, first, last, sign });
  if (end === null) return null;
  const { own, error, finals } = end;
  const mean = Math.max(own.mean + error.mean, Math.min(...finals));
  const prediction = { mean: sign * mean, variance: own.sd ** 2 + error.variance };
  return Number.isFinite(prediction.mean) && Number.isFinite(prediction.variance) ? prediction : null;
}

function finishedOf(peers: readonly TrialCurve[]): TrialCurve[] {
  return peers.filter((peer) => peer.isFinished && Number.isFinite(finalOf(peer)));
}

function predictAt(curve: TrialCurve, { step, first, last, sign }: Moment, prior: FinalPrior) {
  const count = countUpTo(curve, step);
  const kept = Array.from({ length: count }, (_, i) => i).filter(
    (i) => curve.steps[i]! > 0 && curve.steps[i]! >= first / 2 && Number.isFinite(curve.values[i]),
  );
  if (kept.length < LEAST_POINTS) return null;
  const steps = kept.map((i) => Math.min(curve.steps[i]!, last));
  return predictFinal(
    steps,
    kept.map((i) => sign * curve.values[i]!),
    last,
    prior,
  );
}

function decisionOf(curve: TrialCurve, stop: boolean, now: Chance, sign: number): StopDecision {
  const step = lastStep(curve);
  const mean = sign * now.predicted.mean;
  const ends = `is expected to end at ${mean.toPrecision(4)} ± ${now.predicted.sd.toPrecision(2)}`;
  const why = `at step ${step} it ${ends}; its chance to beat the best, ${short(sign * now.best)}, is ${(100 * now.chance).toPrecision(2)} %`;
  return {
    ...{
      stop,
      rule: 'curve',
      rung: 0,
      step,
      value: curve.values[curve.values.length - 1]!,
      threshold: sign * now.best,
    },
    ...{ probability: now.chance, predicted: { mean, sd: now.predicted.sd }, peers: now.peers, why },
  };
}

/** Wide: twice the spread of the finals, so that a curve unlike the others is believed. */
function priorOf(finals: number[]): FinalPrior {
  const { mean, variance } = momentsOf(finals);
  return { mean, sd: Math.max(2 * Math.sqrt(variance), 1e-6 * Math.abs(mean), 1e-12) };
}

function momentsOf(values: number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / Math.max(values.length - 1, 1) };
}

const finalOf = ({ values }: TrialCurve) => values[values.length - 1] ?? Number.NaN;
