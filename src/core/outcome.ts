import { type Goal, type MetricJson, metricFromJson, metricToJson } from './metric-value.js';

/** What a sweep wants of one value that each trial brings: a metric's last value, or a fact of the run's record. */
export interface Objective {
  name: string;
  goal: Goal;
  /** the sweep ends when a trial reaches this (with several objectives: all of them in one trial) */
  target?: number;
  /** with several objectives: a value that is just not good enough; the front's hypervolume is measured from there */
  reference?: number;
}

/** What a trial's value must keep: at most, or at least, the bound. */
export interface OutcomeConstraint {
  name: string;
  side: 'at most' | 'at least';
  bound: number;
}

/** The values of a trial that a sweep looks at, by name; one that is missing is not known. */
export type Outcomes = Record<string, number>;

/** Facts of the run's record that a sweep can look at like a metric; a metric that was logged under the name goes before. */
export const TRAINABLE_PARAMETERS = 'trainable_parameters';
export const DURATION_SECONDS = 'duration_seconds';
export const RECORD_OUTCOMES: readonly string[] = [TRAINABLE_PARAMETERS, DURATION_SECONDS];

/** Of a trial's value, smaller is better. */
export function lossOf(value: number, { goal }: Pick<Objective, 'goal'>): number {
  return goal === 'minimize' ? value : -value;
}

/** By how much a value breaks a constraint: 0 and below is kept. */
export function excess(value: number, { side, bound }: OutcomeConstraint): number {
  return side === 'at most' ? value - bound : bound - value;
}

/** null: not known, because a value is missing. NaN keeps nothing. */
export function keepsAll(constraints: readonly OutcomeConstraint[], outcomes: Outcomes): boolean | null {
  const kept = constraints.map((constraint) => {
    const value = outcomes[constraint.name];
    return value === undefined ? null : excess(value, constraint) <= 0;
  });
  if (kept.includes(false)) return false;
  return kept.includes(null) ? null : true;
}

/** `base_capability/change <= 0.02` */
export function constraintText({ name, side, bound }: OutcomeConstraint): string {
  return `${name} ${side === 'at most' ? '<=' : '>='} ${bound}`;
}

export function outcomesToJson(outcomes: Outcomes): Record<string, MetricJson> {
  return Object.fromEntries(Object.entries(outcomes).map(([name, value]) => [name, metricToJson(value)]));
}

/** @returns undefined if the JSON is no map */
export function outcomesFromJson(json: unknown): Outcomes | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const entries = Object.entries(json).flatMap(([name, text]) => {
    const value = metricFromJson(text);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}
