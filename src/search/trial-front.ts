import { lossOf, type Objective } from '../core/outcome.js';
import { paretoFront } from '../core/pareto-front.js';
import { isFeasible } from './aim.js';
import { hypervolume } from './hypervolume.js';
import { completeLosses } from './reference-point.js';
import { asOneTrial, configurationsOf } from './replicates.js';
import type { SearchPolicy, TrialRecord } from './sampler.js';

/** The result of a sweep with several objectives. Trials are counted from 1. */
export interface TrialFront {
  /** beaten by no other; where seeds are repeated the first trial of each configuration, by its means */
  front: number[];
  /** finished with a value of every objective: those that keep the limits, and those that break one or lack a value */
  feasible: number[];
  infeasible: number[];
  /** null while there is no reference point */
  hypervolume: number | null;
}

type FrontPolicy = Pick<SearchPolicy, 'goal' | 'outcomeConstraints' | 'referencePoint'> & {
  objectives: readonly Objective[];
};

/** Only finished trials are results: a stopped one has no adapter that was trained to its end. */
export function trialFront(history: readonly TrialRecord[], policy: FrontPolicy): TrialFront {
  const { objectives, referencePoint } = policy;
  const joined = configurationsOf(history, policy).map((one) => ({
    trial: one.trial,
    record: asOneTrial(one),
  }));
  const results = joined.filter(
    ({ record }) => record.state === 'finished' && completeLosses(record, objectives) !== undefined,
  );
  const feasible = results.filter(({ record }) => isFeasible(record, policy));
  const losses = feasible.map(({ record }) => completeLosses(record, objectives)!);
  const goals = objectives.map(() => 'minimize' as const);
  const reference = referencePoint && objectives.map((one) => lossOf(referencePoint[one.name]!, one));
  return {
    front: paretoFront(losses, goals).map((i) => feasible[i]!.trial),
    feasible: feasible.map(({ trial }) => trial),
    infeasible: results.filter((one) => !feasible.includes(one)).map(({ trial }) => trial),
    hypervolume: reference ? hypervolume(losses, reference) : null,
  };
}
