import { isBetter } from '../core/metric-value.js';
import { keepsAll, lossOf, type Objective, type OutcomeConstraint } from '../core/outcome.js';
import type { StopRules } from '../core/stop-rules.js';
import { hypervolume } from './hypervolume.js';
import { completeLosses, referencePointOf } from './reference-point.js';
import type { TrialRecord } from './sampler.js';

export interface SweepUsage {
  /** since the sweep was made */
  seconds: number;
  /** Σ of its runs' hours, those that run included */
  gpuHours: number;
}

/** What a sweep is after. */
export interface SweepAims {
  /** none, one, or several */
  objectives: readonly Objective[];
  outcomeConstraints: readonly OutcomeConstraint[];
  /** with several objectives; null: not fixed yet */
  referencePoint: Readonly<Record<string, number>> | null;
}

/**
 * Why a sweep suggests no more trials; null: it goes on.
 * @param planned run_cap or the size of the grid; null: no such bound
 * @param trials its own, in order of their number
 */
export function whySweepEnds(
  trials: readonly TrialRecord[],
  planned: number | null,
  aims: SweepAims,
  rules: StopRules,
  usage: SweepUsage,
): string | null {
  const reached = 1 + trials.findIndex((trial) => reachesTargets(trial, aims));
  if (reached > 0) return `trial ${reached} reached the target ${targetText(aims)}`;
  if (planned !== null && trials.length >= planned) return `all ${planned} planned trials were made`;
  return whyRuleEnds(trials, aims, rules, usage);
}

function whyRuleEnds(
  trials: readonly TrialRecord[],
  aims: SweepAims,
  { seconds, gpuHours, noImprovement, failures }: StopRules,
  usage: SweepUsage,
): string | null {
  if (seconds !== null && usage.seconds >= seconds) return `its time of ${seconds} s is over`;
  if (gpuHours !== null && usage.gpuHours >= gpuHours) return `its ${gpuHours} GPU-hours are used up`;
  const failed = trials.filter(({ state }) => state === 'failed').length;
  if (failures !== null && failed >= failures)
    return failed === 1 ? 'a trial failed' : `${failed} trials failed`;
  if (noImprovement === null || aims.objectives.length === 0) return null;
  const best = lastImprovement(trials, aims);
  const since = trials.slice(best + 1).filter(hasEnded).length;
  if (best < 0 || since < noImprovement) return null;
  return aims.objectives.length === 1
    ? `${since} trials in a row were no better than trial ${best + 1}`
    : `${since} trials in a row did not enlarge the front since trial ${best + 1}`;
}

/** Every objective that has a target reaches it, in one trial that keeps the limits. */
function reachesTargets(trial: TrialRecord, { objectives, outcomeConstraints }: SweepAims): boolean {
  const aimed = objectives.filter(({ target }) => target !== undefined);
  if (aimed.length === 0 || trial.state !== 'finished' || !keeps(trial, outcomeConstraints)) return false;
  return aimed.every((objective) => {
    const value = objectives.length === 1 ? trial.value : trial.outcomes?.[objective.name];
    if (value === undefined || !Number.isFinite(value)) return false;
    return lossOf(value, objective) <= lossOf(objective.target!, objective);
  });
}

function targetText({ objectives }: SweepAims): string {
  const aimed = objectives.filter(({ target }) => target !== undefined);
  if (objectives.length === 1) return String(aimed[0]!.target);
  return aimed.map(({ name, target }) => `${name} ${target}`).join(', ');
}

function keeps({ outcomes }: TrialRecord, constraints: readonly OutcomeConstraint[]): boolean {
  return keepsAll(constraints, outcomes ?? {}) === true;
}

/** A failed trial says nothing of the objective: it neither improves nor counts. */
function hasEnded({ state }: TrialRecord): boolean {
  return state === 'finished' || state === 'stopped' || state === 'diverged';
}

/** The trial that is best, or the last that enlarged the dominated volume; -1: none. */
function lastImprovement(trials: readonly TrialRecord[], aims: SweepAims): number {
  const { objectives, outcomeConstraints } = aims;
  if (objectives.length > 1) return lastGrowth(trials, aims);
  return trials.reduce((best, trial, i) => {
    const isResult = trial.state === 'finished' && keeps(trial, outcomeConstraints);
    return isResult && isBetter(trial.value, trials[best]?.value, objectives[0]!.goal) ? i : best;
  }, -1);
}

function lastGrowth(
  trials: readonly TrialRecord[],
  { objectives, outcomeConstraints, referencePoint }: SweepAims,
): number {
  const from = referencePoint ?? referencePointOf(trials, objectives);
  if (from === null) return -1;
  const reference = objectives.map((objective) => lossOf(from[objective.name]!, objective));
  const found: number[][] = [];
  let [last, volume] = [-1, 0];
  for (const [i, trial] of trials.entries()) {
    const losses = keeps(trial, outcomeConstraints) ? completeLosses(trial, objectives) : undefined;
    if (losses === undefined || trial.state !== 'finished') continue;
    found.push(losses);
    const now = hypervolume(found, reference);
    if (now > volume) [last, volume] = [i, now];
  }
  return last;
}
