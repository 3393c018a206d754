import type { EarlyTerminate } from '../../core/early-terminate.js';
import type { Goal } from '../../core/metric-value.js';

/** What one trial has logged of the sweep's metric, in order. */
export interface TrialCurve {
  /** the trial's number, from 1 */
  trial: number;
  steps: ArrayLike<number>;
  values: ArrayLike<number>;
  /** it went through all its steps: its last value is its result */
  isFinished: boolean;
}

/** One judgement, with the numbers that decided: stored and shown whether it stopped the trial or not. */
export interface StopDecision {
  stop: boolean;
  rule: EarlyTerminate['type'];
  /** where it was judged: the rung's step (hyperband: W&B's iteration), 0 for rules without rungs */
  rung: number;
  /** the step of the value that was judged */
  step: number;
  value: number;
  /** what the value was held against, if the rule has such a number */
  threshold: number | null;
  /** of beating the best finished trial, if the rule has one */
  probability: number | null;
  /** what the final value is expected to be, if the rule predicts it */
  predicted: { mean: number; sd: number } | null;
  /** trials that it was compared with */
  peers: number;
  /** one sentence */
  why: string;
}

/** What a rule knows of the trial besides its curve. */
export interface Progress {
  /** the last step of a full trial; null: unknown */
  maxSteps: number | null;
  /** steps of the learning rate's warm-up: nothing is stopped in it */
  warmupSteps: number;
}

/**
 * A pure function: whether a trial should go on.
 * @param curve up to now   @param peers every other trial of the sweep, ended ones included
 * @returns null where the rule has nothing to judge yet
 */
export type Pruner<Rule> = (
  curve: TrialCurve,
  peers: readonly TrialCurve[],
  rule: Rule,
  goal: Goal,
  progress: Progress,
) => StopDecision | null;

/** The longest way of a finished trial, or null. */
export function longestFinished(peers: readonly TrialCurve[]): number | null {
  const lasts = peers.filter(({ isFinished }) => isFinished).map(lastStep);
  return lasts.length === 0 ? null : Math.max(...lasts);
}

export function lastStep({ steps }: TrialCurve): number {
  return steps.length === 0 ? 0 : steps[steps.length - 1]!;
}

/** How many of a curve's points lie at or before a step. Steps ascend. */
export function countUpTo({ steps }: TrialCurve, step: number): number {
  let count = steps.length;
  while (count > 0 && steps[count - 1]! > step) count--;
  return count;
}

/** 1 for minimising, -1 for maximising: times a value, smaller is better. */
export const signOf = (goal: Goal) => (goal === 'minimize' ? 1 : -1);

/** What is known of a run of the built-in trainer from its config; of any other program nothing. */
export function trainerProgress(config: unknown): Progress {
  const { steps, optimizer } = (config ?? {}) as {
    steps?: number | null;
    optimizer?: { schedule?: { warmupSteps?: number } };
  };
  return { maxSteps: steps ?? null, warmupSteps: optimizer?.schedule?.warmupSteps ?? 0 };
}

/** A number in a sentence. */
export const short = (value: number) => String(Number(value.toPrecision(6)));
