import { RandomStream } from '../core/random.js';
import { holm } from './holm.js';
import { mcnemarExact } from './mcnemar.js';
import { bcaInterval, resampledGains } from './paired-bootstrap.js';
import { gainBounds } from './paired-bounds.js';
import { gainOfUnits, type PairedItems, type Units, unitsOf } from './paired-items.js';
import { signedRank } from './signed-rank.js';

/** Two lists of scores on the same items, under the name of what is compared. */
export interface NamedPairs extends PairedItems {
  name: string;
  /** what the numbers are, for the sentence: "bits per byte" */
  unit?: string;
}

export interface PairedComparison {
  name: string;
  /** items compared, those without a finite score on either side left out */
  items: number;
  left: number;
  /** what was drawn independently: items, or groups of them */
  units: number;
  /** weighted mean of the gains; positive: the first is better */
  gain: number;
  /**
   * of the gain, at the level corrected for the number of comparisons (Bonferroni): BCa of 4,000 resamples; where every item is 0 or 1 the
   * bounds of paired-bounds.ts, since a bootstrap of the few items that differ is too short
   */
  interval: [number, number];
  /** signed-rank test, or McNemar's where every item is 0 or 1 */
  test: 'signed_rank' | 'mcnemar';
  p: number;
  /** corrected for the number of comparisons by Holm's method */
  corrected: number;
  better: 'first' | 'second' | null;
  words: string;
}

export interface ComparisonOptions {
  /** of each statement about all comparisons together; default 0.95 */
  confidence?: number;
  seed?: number;
}

const RESAMPLES = 4000;
/** With very many items fewer do, and seconds are saved. */
const LEAST_RESAMPLES = 1000;
const DRAWS = 2e7;

/**
 * Compares pairs of scores, each on its items, and says in words what can be told apart. All comparisons together are right with the
 * confidence that is asked for: intervals by Bonferroni's correction, p-values by Holm's.
 */
export function comparePairs(
  all: readonly NamedPairs[],
  { confidence = 0.95, seed = 0 }: ComparisonOptions = {},
): PairedComparison[] {
  const level = 1 - (1 - confidence) / Math.max(1, all.length);
  const compared = all.map((pairs) => compare(pairs, level, seed));
  const corrected = holm(compared.map(({ p }) => p));
  return compared.map((one, i) => judged({ ...one, corrected: corrected[i]! }, all[i]!, confidence));
}

type Compared = Omit<PairedComparison, 'corrected' | 'better' | 'words'>;

function compare(pairs: NamedPairs, level: number, seed: number): Compared {
  const units = unitsOf(pairs);
  const random = new RandomStream(seed, `compare/${pairs.name}`);
  const gain = gainOfUnits(units);
  const interval = intervalOf(units, isRightOrWrong(pairs), level, random);
  const counts = { items: units.items, left: units.left + units.broken, units: units.totals.length };
  return { name: pairs.name, ...counts, gain, interval, ...tested(pairs, units) };
}

function intervalOf(units: Units, hasEnds: boolean, level: number, random: RandomStream): [number, number] {
  const m = units.totals.length;
  if (m === 0) return [Number.NaN, Number.NaN];
  if (!hasEnds) {
    const count = Math.min(RESAMPLES, Math.max(LEAST_RESAMPLES, Math.floor(DRAWS / m)));
    return bcaInterval(units, resampledGains(units, count, random), level);
  }
  const oneSided = (1 + level) / 2;
  const { lower, upper } = gainBounds(units, { lower: oneSided, upper: oneSided }, { random, ends: [-1, 1] });
  return [lower, upper];
}

/** On units, so that items of one group are not taken for independent ones. */
function tested(pairs: NamedPairs, units: Units): Pick<PairedComparison, 'test' | 'p'> {
  const gains = units.totals.map((total, j) => total / units.weights[j]!);
  if (!isRightOrWrong(pairs) || pairs.clusters) return { test: 'signed_rank', p: signedRank(gains).p };
  const better = gains.filter((one) => one > 0).length;
  const worse = gains.filter((one) => one < 0).length;
  return { test: 'mcnemar', p: mcnemarExact(better, worse) };
}

function isRightOrWrong({ values, base }: PairedItems): boolean {
  const isBit = (one: number) => one === 0 || one === 1;
  return Array.from(values).every(isBit) && Array.from(base).every(isBit);
}

type Corrected = Omit<PairedComparison, 'better' | 'words'>;

function judged(one: Corrected, pairs: NamedPairs, confidence: number): PairedComparison {
  const [low, high] = one.interval;
  const excludesZero = low > 0 || high < 0;
  const agrees = one.corrected < 1 - confidence;
  const better = excludesZero && agrees ? (one.gain > 0 ? 'first' : 'second') : null;
  return { ...one, better, words: wordsOf(one, pairs, { excludesZero, agrees }) };
}

function wordsOf(
  { gain, interval: [low, high], items, units, test, corrected }: Corrected,
  { unit = '', clusters }: NamedPairs,
  { excludesZero, agrees }: { excludesZero: boolean; agrees: boolean },
): string {
  const count = clusters ? `${items} items in ${units} groups` : `${items} items`;
  if (items === 0) return 'no items that both have a score on';
  const sign = gain < 0 ? -1 : 1;
  const ends = [sign * low, sign * high].sort((a, b) => a - b).map(show);
  const amount = `${gain < 0 ? 'worse' : 'better'} by ${show(Math.abs(gain))} [${ends.join(', ')}]${unit && ` ${unit}`}`;
  if (excludesZero && agrees) return `${amount} at n = ${count}`;
  const name = test === 'mcnemar' ? "McNemar's test" : 'the signed-rank test';
  if (excludesZero)
    return `the mean is ${amount} at n = ${count}, but ${name} does not tell them apart (p = ${show(corrected)}): a few items carry it`;
  if (agrees)
    return `not distinguishable in the mean at n = ${count}, though ${name} tells them apart (p = ${show(corrected)}): many items differ a little`;
  return `not distinguishable at n = ${count}: ${amount}`;
}

function show(value: number): string {
  return String(Number(value.toPrecision(3)));
}
