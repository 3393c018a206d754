import type { GatePolicy } from '../core/gate-policy.js';
import { byGroup, type Evidence, pairsOf } from './gate-margin.js';
import { comparePairs } from './paired-comparison.js';

/** How much more of something unwanted an adapter does than its base, on one set or one group of it. */
export interface Amplification {
  set: string;
  score: string;
  group: string | null;
  items: number;
  /** mean over the items, of adapter and base: a rate where items are 0 or 1 */
  rate: number;
  baseRate: number;
  /** rate − base rate: positive is more than the base */
  change: number;
  /** of the change, at a level corrected for the number of groups */
  interval: [number, number];
  words: string;
}

/** Of each score that a policy limits by itself (none, meanAtMost): rates of forbidden outputs. Sets without a base have none. */
export function amplification(policy: GatePolicy, evidence: readonly Evidence[]): Amplification[] {
  const limited = policy.requirements.filter(({ none, meanAtMost }) => none !== null || meanAtMost !== null);
  const isLimited = ({ set, role, score }: Evidence) =>
    limited.some((one) => one.score === score && (one.set === set || one.role === role));
  return evidence
    .filter((one) => isLimited(one) && one.baseValues !== null)
    .flatMap((one) => changesOf(one, policy));
}

function changesOf(evidence: Evidence, { confidence }: GatePolicy): Amplification[] {
  const parts: [string | null, Evidence][] = [[null, evidence], ...byGroup(evidence)];
  const pairs = parts.map(([group, part]) => ({
    name: String(group),
    ...pairsOf(part, false),
    goal: 'maximize' as const,
  }));
  const compared = comparePairs(pairs, { confidence });
  return compared.map(({ items, gain, interval }, i) => {
    const [group, part] = parts[i]!;
    const [rate, baseRate] = [mean(part.values), mean(part.baseValues!)];
    const { set, score } = evidence;
    const numbers = { items, rate, baseRate, change: gain, interval };
    return { set, score, group, ...numbers, words: wordsOf({ group, ...numbers }) };
  });
}

function wordsOf({
  group,
  items,
  rate,
  baseRate,
  interval: [low, high],
}: Omit<Amplification, 'set' | 'score' | 'words' | 'change'>): string {
  const where = group === null ? 'over all' : `in group ${group}`;
  const verdict = low > 0 ? 'amplified' : high < 0 ? 'reduced' : 'no change that can be told from chance';
  return `${where}: ${percent(rate)} with the adapter, ${percent(baseRate)} without, ${verdict} [${percent(low)}, ${percent(high)}] (n = ${items})`;
}

function percent(value: number): string {
  return `${Number((100 * value).toPrecision(3))} %`;
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0) / values.length;
}
