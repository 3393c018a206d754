import { pooledDeviation } from '../core/pooled-deviation.js';
import type { Sampler, SearchPolicy, Suggestion, TrialRecord } from './sampler.js';
import { pointKey } from './sampler.js';

/**
 * Repeats configurations with other seeds, contenders first: a difference smaller than the spread between seeds says nothing, and only the
 * settings that could be the best are worth finding that out for. The search itself sees one mean for each configuration.
 */
interface Configuration {
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

function configurationsOf(history: readonly TrialRecord[], { goal }: SearchPolicy): Configuration[] {
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
function asOneTrial({ records, values }: Configuration): TrialRecord {
  const last = records.at(-1)!;
  if (values.length === 0) return last;
  const finished = records.filter(({ state, value }) => state === 'finished' && Number.isFinite(value));
  return { params: last.params, state: 'finished', value: meanOf(finished.map(({ value }) => value!)) };
}

function nextReplicate(all: Configuration[], trials: number, policy: SearchPolicy): Suggestion | null {
  const ended = byMean(all.filter(({ values }) => values.length > 0));
  const spent = trials - all.length;
  if (ended.length < LEAST || spent + 1 > SHARE * (trials + 1)) return null;
  const [best] = ended;
  const spread = pooledDeviation(ended.map(({ values }) => values));
  const isContender = (c: Configuration) =>
    spread === null
      ? c === best
      : c.mean - best!.mean <= 2 * spread * Math.sqrt(1 / c.values.length + 1 / best!.values.length);
  const open = ended.filter((c) => isContender(c) && isOpen(c, policy));
  const fewest = Math.min(...open.map(({ records }) => records.length));
  const next = open.find(({ records }) => records.length === fewest);
  return replicateOf(next, 'it may be the best', policy);
}

/** Diverged and failed attempts count: they would do so again. */
function isOpen({ records }: Configuration, { seeds }: SearchPolicy): boolean {
  const isWorthIt = records.every(({ state }) => state !== 'failed' && state !== 'cancelled');
  return isWorthIt && records.length < (seeds ?? 1);
}

function replicateOf(of: Configuration | undefined, rule: string, { goal }: SearchPolicy): Suggestion | null {
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
function byMean(all: Configuration[]): Configuration[] {
  const rank = ({ mean }: Configuration) => (Number.isNaN(mean) ? Number.POSITIVE_INFINITY : mean);
  return [...all].sort((a, b) => rank(a) - rank(b) || a.trial - b.trial);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
