import { quantileSorted } from 'd3-array';
import { type Goal, metricFromJson } from '../../src/core/metric-value.js';
import type { SweepDetailsQuery } from '../api/operations.generated.js';
import { type Dimension, type DimensionValue, kindOf, type ParallelLine } from '../charts/dimensions.js';
import { recordOf } from '../format/json.js';

export type SweepDetails = NonNullable<SweepDetailsQuery['sweep']>;
export type TrialDetails = SweepDetails['trials'][number];

export interface Objective {
  name: string;
  goal: Goal;
}

/** The metric that the sweep searches for; a sweep without one is read as if it minimised its in-domain loss. */
export function objectiveOf(sweep: Pick<SweepDetails, 'metric'>): Objective {
  const { name, goal } = recordOf(sweep.metric);
  return {
    name: typeof name === 'string' ? name : 'in_domain/loss',
    goal: goal === 'maximize' ? 'maximize' : 'minimize',
  };
}

/** Every objective; one where the sweep has one. */
export function objectivesOf(sweep: Pick<SweepDetails, 'metric' | 'config'>): Objective[] {
  const { metrics } = recordOf(sweep.config);
  if (!Array.isArray(metrics)) return [objectiveOf(sweep)];
  return metrics.map((metric) => objectiveOf({ metric }));
}

/** Names of the metrics that have a limit. */
export function limitedNames({ config }: Pick<SweepDetails, 'config'>): string[] {
  const { outcomeConstraints } = recordOf(config);
  return Array.isArray(outcomeConstraints) ? outcomeConstraints.map((one) => String(recordOf(one).name)) : [];
}

/** Of an objective or a limit, where the sweep has several. */
export function outcomeValue({ outcomes }: Pick<TrialDetails, 'outcomes'>, name: string): number | undefined {
  return metricFromJson(recordOf(outcomes)[name]);
}

export function objectiveValue(trial: Pick<TrialDetails, 'objective'>): number | undefined {
  return metricFromJson(trial.objective);
}

/** The ID under which charts and tables know a trial: its latest run's, or its own before it has one. */
export const markOf = (trial: TrialDetails): string => trial.run?.id ?? trial.id;

/** What makes a trial stand out: the recommended one is not always the one with the best objective. */
export function roleOf(trial: TrialDetails, sweep: SweepDetails): string | undefined {
  if (sweep.paretoFront?.trials.some(({ id }) => id === trial.id)) return 'on the front';
  const isBest = trial.id === sweep.best?.id;
  if (trial.id === recordOf(sweep.recommendation).trialId)
    return isBest ? 'best, recommended' : 'recommended';
  return isBest ? 'best' : undefined;
}

/** Parameters with more than one value among the trials, in the sweep's own order. */
export function variedParameters(trials: TrialDetails[]): string[] {
  const values = new Map<string, Set<string>>();
  for (const { parameters } of trials) {
    for (const [name, value] of Object.entries(recordOf(parameters))) {
      if (!values.has(name)) values.set(name, new Set());
      values.get(name)!.add(JSON.stringify(value));
    }
  }
  const varied = [...values].filter(([, distinct]) => distinct.size > 1).map(([name]) => name);
  return varied.length > 0 ? varied : [...values.keys()];
}

/** The last part of a dotted name where that is unambiguous. */
export function shortNames(names: string[]): Map<string, string> {
  const last = (name: string) => name.slice(name.lastIndexOf('.') + 1);
  return new Map(
    names.map((name) => [
      name,
      names.some((other) => other !== name && last(other) === last(name)) ? name : last(name),
    ]),
  );
}

export interface ParallelData {
  dimensions: Dimension[];
  lines: ParallelLine[];
}

/** Axes and lines of all trials that have begun; the objective is the last axis. */
export function parallelDataOf(sweep: SweepDetails): ParallelData {
  const objective = objectiveOf(sweep);
  const begun = sweep.trials.filter(({ run }) => run !== null);
  const names = variedParameters(begun);
  const goodness = goodnessOf(begun.map(objectiveValue), objective.goal);
  const lines = begun.map((trial, i) => lineOf(trial, names, goodness[i]));
  const titles = shortNames(names);
  const axes = names.map((key) => ({
    key,
    label: titles.get(key)!,
    kind: parameterScale(sweep, key) ?? kindOf(lines.map((l) => l.values[key])),
  }));
  const dimensions = [...axes, { key: 'objective', label: objective.name, kind: 'linear' as const }];
  return { dimensions, lines };
}

/** The scale that the sweep itself searches a range on; undefined for lists of values. */
export function parameterScale(sweep: SweepDetails, name: string): 'linear' | 'log' | undefined {
  const { parameters } = recordOf(sweep.config);
  const spec = recordOf(
    Array.isArray(parameters) ? parameters.find((one) => recordOf(one).name === name) : undefined,
  );
  if (spec.scale === 'log' || spec.scale === 'linear') return spec.scale;
  return spec.kind === 'int' || spec.kind === 'beta' ? 'linear' : undefined;
}

function lineOf(trial: TrialDetails, names: string[], goodness: number | undefined): ParallelLine {
  const parameters = recordOf(trial.parameters);
  const values = Object.fromEntries(names.map((name) => [name, dimensionValue(parameters[name])]));
  return {
    runId: markOf(trial),
    label: `trial ${trial.number}, ${trial.state}`,
    values: { ...values, objective: objectiveValue(trial) },
    goodness,
    isFinished: trial.state === 'finished',
  };
}

function dimensionValue(value: unknown): DimensionValue {
  if (value === undefined || typeof value === 'number' || typeof value === 'string') return value;
  return JSON.stringify(value);
}

const WORST_QUANTILE = 0.9;

/**
 * 1 for the best objective, 0 for the worst, linear between; the worst tenth counts as worst, so that one outlier does not take the
 * colours from the rest. Undefined where there is no finite objective.
 */
export function goodnessOf(objectives: (number | undefined)[], goal: Goal): (number | undefined)[] {
  const sign = goal === 'minimize' ? 1 : -1;
  const costs = objectives.map((o) => (o !== undefined && Number.isFinite(o) ? sign * o : undefined));
  const sorted = costs.filter((cost) => cost !== undefined).sort((a, b) => a - b);
  const best = sorted[0] ?? 0;
  const worst =
    sorted.length > 4 ? quantileSorted(sorted, WORST_QUANTILE)! : (sorted[sorted.length - 1] ?? 0);
  return costs.map((cost) => {
    if (cost === undefined) return undefined;
    return worst === best ? 1 : Math.max(0, Math.min(1, (worst - cost) / (worst - best)));
  });
}
