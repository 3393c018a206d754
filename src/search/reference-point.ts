import { lossOf, type Objective } from '../core/outcome.js';
import { initialTrials, usefulTrials } from './initial-design.js';
import type { SearchPolicy, TrialRecord } from './sampler.js';

/** With fewer complete results a range says nothing. */
const LEAST = 3;
/** Values beyond the third quartile by this many interquartile ranges are outliers (Tukey 1977: "far out"). */
const FAR_OUT = 3;
const MARGIN = 0.1;

/**
 * From where hypervolume is measured, in the objectives' own units: what the sweep gives, and else the worst value of the trials that have
 * ended (outliers apart) and a tenth of the range more. It is computed once, when the model takes over, and kept: volumes can only
 * be compared from one point.
 * @returns null while fewer than three trials have a result in every objective
 */
export function referencePointOf(
  history: readonly TrialRecord[],
  objectives: readonly Objective[],
): Record<string, number> | null {
  if (objectives.every(({ reference }) => reference !== undefined))
    return Object.fromEntries(objectives.map(({ name, reference }) => [name, reference!]));
  const results = history
    .map((trial) => completeLosses(trial, objectives))
    .filter((one) => one !== undefined);
  if (results.length < LEAST) return null;
  const entries = objectives.map((objective, k) => {
    const worst = () => lossOf(beyondWorst(results.map((losses) => losses[k]!)), objective);
    return [objective.name, objective.reference ?? worst()];
  });
  return Object.fromEntries(entries);
}

/**
 * The reference point to fix now: when the initial design is over, which is when a model takes over; null before, and with one objective.
 * @param dimensions of the search
 */
export function referenceToFix(
  history: readonly TrialRecord[],
  { objectives, runCap }: SearchPolicy,
  dimensions: number,
): Record<string, number> | null {
  if (objectives === undefined) return null;
  const isGiven = objectives.every(({ reference }) => reference !== undefined);
  const isBlind = usefulTrials(history) < initialTrials(dimensions, runCap);
  return isBlind && !isGiven ? null : referencePointOf(history, objectives);
}

/** The losses of a trial that has a finite value of every objective; undefined for all others. */
export function completeLosses(
  { state, outcomes }: TrialRecord,
  objectives: readonly Objective[],
): number[] | undefined {
  if ((state !== 'finished' && state !== 'stopped') || outcomes === undefined) return undefined;
  const losses = objectives.map((objective) => lossOf(outcomes[objective.name] ?? Number.NaN, objective));
  return losses.every(Number.isFinite) ? losses : undefined;
}

function beyondWorst(losses: number[]): number {
  const sorted = [...losses].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  const fence = at(0.75) + FAR_OUT * (at(0.75) - at(0.25));
  const worst = sorted.findLast((loss) => loss <= fence)!;
  const range = worst - sorted[0]!;
  return worst + MARGIN * (range > 0 ? range : Math.max(Math.abs(worst), 1e-9));
}

/** The losses of the reference point. */
export function referenceLosses({ objectives, referencePoint }: SearchPolicy): number[] {
  return (objectives ?? []).map((objective) => lossOf(referencePoint![objective.name]!, objective));
}
