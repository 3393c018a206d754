import { excess, type Objective, type OutcomeConstraint } from '../core/outcome.js';
import { type Observations, observationsOf } from './observations.js';
import type { PredictedOutcome, TrialRecord } from './sampler.js';

/** The values of one outcome for its model: standardised, one for each trial that tells something, in order. */
export interface OutcomeValues {
  name: string;
  y: Float64Array;
  /** standardised variances of values that are predictions: where stopped trials were heading */
  extra?: Float64Array | undefined;
  /** what the model must stay below: of an objective the reference, of a constraint its bound */
  bound: number;
  /** from standardised units to the outcome's own */
  inOwnUnits(standardised: number): number;
  /** own units in one standardised unit; of a constraint 1, its scale bends */
  scale: number;
}

/**
 * The trials that tell something: finished, diverged, and stopped ones that have every outcome. All outcomes have the same rows.
 * @param names of every outcome that is looked at
 */
export function tellingHistory(history: readonly TrialRecord[], names: readonly string[]): TrialRecord[] {
  return history.filter(({ state, value, outcomes }) => {
    if (state === 'finished' || state === 'diverged') return true;
    const isWhole = Number.isFinite(value) && names.every((name) => Number.isFinite(outcomes?.[name]));
    return state === 'stopped' && isWhole;
  });
}

/**
 * @param reference a loss; undefined with one objective
 * @param isFirst of the first objective a stopped trial's predicted end is known, with its variance
 */
export function objectiveValues(
  telling: readonly TrialRecord[],
  { name, goal }: Pick<Objective, 'name' | 'goal'>,
  reference: number | undefined,
  isFirst: boolean,
): OutcomeValues {
  const named = telling.map((trial) =>
    isFirst && trial.state === 'stopped' ? trial : withValue(trial, trial.outcomes?.[name]),
  );
  const { y, extra, offset, scale, sign }: Observations = observationsOf(named, goal, reference);
  return {
    ...{ name, y, extra, scale, inOwnUnits: (standardised) => sign * (offset + scale * standardised) },
    bound: reference === undefined ? Number.POSITIVE_INFINITY : (reference - offset) / scale,
  };
}

function withValue({ params, state }: TrialRecord, value: number | undefined): TrialRecord {
  return { params, state, ...(value !== undefined && { value }) };
}

/**
 * What a constraint is exceeded by, bent: sign(e)·ln(1 + |e|/scale) keeps the bound where it is and its neighbourhood wide, however far away single
 * values are (as Ax does, "BilogY"). What diverged, or has no value, counts as the worst seen, and as beyond the bound.
 */
export function constraintValues(
  telling: readonly TrialRecord[],
  constraint: OutcomeConstraint,
): OutcomeValues {
  const { name, side, bound } = constraint;
  const excesses = telling.map(({ state, outcomes }) => {
    const value = state === 'diverged' ? undefined : outcomes?.[name];
    return value !== undefined && Number.isFinite(value) ? excess(value, constraint) : undefined;
  });
  const known = excesses.filter((e) => e !== undefined);
  const unit = middle(known.map(Math.abs).filter((e) => e > 0));
  const bent = excesses.map((e) =>
    e === undefined ? undefined : Math.sign(e) * Math.log1p(Math.abs(e) / unit),
  );
  const worst = Math.max(Math.LN2, ...bent.map((e) => e ?? 0));
  const { y, offset, scale } = observationsOf(
    bent.map((e) => ({ params: {}, state: 'finished', value: e ?? worst })),
    'minimize',
    Number.POSITIVE_INFINITY,
  );
  const sign = side === 'at most' ? 1 : -1;
  const unbent = (e: number) => Math.sign(e) * Math.expm1(Math.abs(e)) * unit;
  return {
    ...{ name, y, bound: -offset / scale, scale: 1 },
    inOwnUnits: (standardised) => bound + sign * unbent(offset + scale * standardised),
  };
}

function middle(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 1;
}

const Z95 = 1.959963984540054;

/** A prediction in an outcome's own units, with the interval that holds 95 %. */
export function predictedOutcome(values: OutcomeValues, mean: number, sd: number): PredictedOutcome {
  const [a, b] = [values.inOwnUnits(mean - Z95 * sd), values.inOwnUnits(mean + Z95 * sd)];
  return { mean: values.inOwnUnits(mean), low: Math.min(a, b), high: Math.max(a, b) };
}
