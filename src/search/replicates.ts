import type { Outcomes } from '../core/outcome.js';
import { paretoFront } from '../core/pareto-front.js';
import { pooledDeviation } from '../core/pooled-deviation.js';
import { isFeasible } from './aim.js';
import { completeLosses } from './reference-point.js';
import type { Sampler, SearchPolicy, Suggestion, TrialRecord } from './sampler.js';
import { pointKey } from './sampler.js';

/**
 * Repeats configurations with other seeds, contenders first: a difference smaller than the spread between seeds says nothing, and only the
 * settings that could be the best are worth finding that out for. The search itself sees one mean for each configuration.
 */
export interface Configuration {
  /** the number of its first trial, from 1 */
  trial: number;
  records: TrialRecord[];
  /** finite values of its finished trials, smaller is better */
  values: number[];
  mean: number;
}

/** At most so much of a sweep goes to replicates while there are new points to try. */
const SHARE = 1 / 3;
/** Before so many configurations have ended there is no contender. */
const LEAST = 3;

export function suggestWithReplicates(
  sampler: Sampler,
  ...[space, history, policy, seed]: Parameters<Sampler>
): Suggestion {
  const all = configurationsOf(history, policy);
  const replicate = nextReplicate(all, history.length, policy);
  if (replicate !== null) return replicate;
  const suggestion = sampler(space, all.map(asOneTrial), policy, seed);
  if (!('exhausted' in suggestion)) return suggestion;
  return (
    replicateOf(byMean(all.filter((c) => isOpen(c, policy)))[0], 'every point was tried', policy) ??
    suggestion
  );
}

export function configurationsOf(
  history: readonly TrialRecord[],
  { goal }: Pick<SearchPolicy, 'goal'>,
): Configuration[] {
  const sign = goal === 'minimize' ? 1 : -1;
  const found = new Map<string, Configuration>();
  for (const [i, record] of history.entries()) {
    const key = pointKey(record.params);
    const one = found.get(key) ?? { trial: i + 1, records: [], values: [], mean: Number.NaN };
    found.set(key, one);
    one.records.push(record);
    const { state, value } = record;
    if (state === 'finished' && value !== undefined && Number.isFinite(value)) one.values.push(sign * value);
  }
  return [...found.values()].map((one) => ({ ...one, mean: meanOf(one.values) }));
}

/** What the sampler sees of a configuration: the mean of what has ended, else how its last trial stands. */
export function asOneTrial({ records, values }: Configuration): TrialRecord {
  const last = records.at(-1)!;
  if (values.length === 0) return last;
  const finished = records.filter(({ state, value }) => state === 'finished' && Number.isFinite(value));
  const outcomes = meanOutcomes(finished);
  return {
    ...{ params: last.params, state: 'finished', value: meanOf(finished.map(({ value }) => value!)) },
    ...(outcomes !== undefined && { outcomes }),
  };
}

/** Of every outcome the mean of the seeds that have it. */
function meanOutcomes(records: readonly TrialRecord[]): Outcomes | undefined {
  const known = records.map(({ outcomes }) => outcomes).filter((outcomes) => outcomes !== undefined);
  if (known.length === 0) return undefined;
  const names = [...new Set(known.flatMap((outcomes) => Object.keys(outcomes)))];
  const valuesOf = (name: string) => known.flatMap((outcomes) => outcomes[name] ?? []);
  return Object.fromEntries(names.map((name) => [name, meanOf(valuesOf(name))]));
}

function nextReplicate(all: Configuration[], trials: number, policy: SearchPolicy): Suggestion | null {
  const ended = byMean(all.filter(({ values }) => values.length > 0));
  const spent = trials - all.length;
  if (ended.length < LEAST || spent + 1 > SHARE * (trials + 1)) return null;
  if (policy.objectives !== undefined)
    return replicateOf(fewestOf(onFront(ended, policy), policy), 'it is on the front', policy);
  const [best] = ended;
  const spread = pooledDeviation(ended.map(({ values }) => values));
  const isContender = (c: Configuration) =>
    spread === null
      ? c === best
      : c.mean - best!.mean <= 2 * spread * Math.sqrt(1 / c.values.length + 1 / best!.values.length);
  return replicateOf(fewestOf(ended.filter(isContender), policy), 'it may be the best', policy);
}

/** The least repeated that may be repeated. */
function fewestOf(contenders: readonly Configuration[], policy: SearchPolicy): Configuration | undefined {
  const open = contenders.filter((c) => isOpen(c, policy));
  const fewest = Math.min(...open.map(({ records }) => records.length));
  return open.find(({ records }) => records.length === fewest);
}

/** With several objectives the contenders are the configurations whose means keep the limits and are beaten by no other's. */
function onFront(ended: readonly Configuration[], policy: SearchPolicy): Configuration[] {
  const results = ended.filter((c) => isFeasible(asOneTrial(c), policy));
  const losses = results.map((c) => completeLosses(asOneTrial(c), policy.objectives!)!);
  const goals = policy.objectives!.map(() => 'minimize' as const);
  return paretoFront(losses, goals).map((i) => results[i]!);
}

/** Diverged and failed attempts count: they would do so again. */
function isOpen({ records }: Configuration, { seeds }: SearchPolicy): boolean {
  const isWorthIt = records.every(({ state }) => state !== 'failed' && state !== 'cancelled');
  return isWorthIt && records.length < (seeds ?? 1);
}

export function replicateOf(
  of: Configuration | undefined,
  rule: string,
  { goal }: SearchPolicy,
): Suggestion | null {
  if (of === undefined) return null;
  const mean = of.values.length === 0 ? null : of.mean * (goal === 'minimize' ? 1 : -1);
  const replicate = of.records.length;
  return {
    params: of.records[0]!.params,
    replicate,
    why: { kind: 'replicate', of: of.trial, n: of.values.length, mean, rule },
  };
}

/** Best first; what has no mean last. */
export function byMean(all: Configuration[]): Configuration[] {
  const rank = ({ mean }: Configuration) => (Number.isNaN(mean) ? Number.POSITIVE_INFINITY : mean);
  return [...all].sort((a, b) => rank(a) - rank(b) || a.trial - b.trial);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
