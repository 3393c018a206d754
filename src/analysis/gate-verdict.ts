import {
  demandOf,
  type GatePolicy,
  type GateRequirement,
  type GateVerdictWord,
} from '../core/gate-policy.js';
import { RandomStream } from '../core/random.js';
import { byGroup, type Evidence, type Margins, marginsOf } from './gate-margin.js';
import { gateWords, type Judged, summaryOf } from './gate-words.js';
import { moreUnits } from './needed-items.js';
import { type Bounds, gainBounds } from './paired-bounds.js';

/** One requirement on one set, or one group of it. */
export interface RequirementResult extends Judged {
  /** where it stands in the policy, from 0 */
  requirement: number;
  /** of the items that it was computed from; null: there are none */
  itemsHash: string | null;
  words: string;
}

export interface GateVerdict {
  verdict: GateVerdictWord;
  /** in words */
  why: string;
  confidence: number;
  results: RequirementResult[];
  /** how many more items the set that lacks most needs; null: nobody can say, or none */
  moreItems: number | null;
}

/**
 * Holds a policy against the stored items. Each requirement is a one-sided test at level α = 1 − confidence that it is missed; the adapter is
 * shipped only if every test says that it is not. An adapter that misses any one requirement then passes with probability α at most, however
 * many requirements there are: the intersection-union test (Berger 1982, Technometrics 24) needs no correction. "Do not ship" is said when a
 * requirement is shown to be missed; with k chances to say so wrongly, each at level α / k (Bonferroni). All else is not enough evidence.
 */
export function judgeGate(policy: GatePolicy, evidence: readonly Evidence[], seed = 0): GateVerdict {
  const parts = policy.requirements.flatMap((one, i) => partsOf(one, i, evidence));
  const confidence = { met: policy.confidence, violated: 1 - (1 - policy.confidence) / parts.length };
  const results = parts.map((part) => judged(part, policy, confidence, seed));
  const verdict = verdictOf(results);
  const lacking = results.filter(({ state }) => state === 'undecided').map(({ moreItems }) => moreItems);
  const isKnown = verdict === 'not_enough_evidence' && lacking.every((one) => one !== null);
  return {
    verdict,
    why: summaryOf(verdict, results),
    confidence: policy.confidence,
    results,
    moreItems: isKnown ? Math.max(...(lacking as number[])) : null,
  };
}

function verdictOf(results: readonly Judged[]): GateVerdictWord {
  if (results.some(({ state }) => state === 'violated')) return 'do_not_ship';
  return results.every(({ state }) => state === 'met') ? 'ship' : 'not_enough_evidence';
}

interface Part {
  index: number;
  requirement: GateRequirement;
  set: string | null;
  group: string | null;
  /** null: there is none */
  evidence: Evidence | null;
}

/** A requirement on a role is one on each set in it. Without a set to look at it stays, undecided. */
function partsOf(requirement: GateRequirement, index: number, all: readonly Evidence[]): Part[] {
  const { set, role, score, eachGroup } = requirement;
  const found = all.filter(
    (one) => one.score === score && (set === null ? one.role === role : one.set === set),
  );
  if (found.length === 0) return [{ index, requirement, set, group: null, evidence: null }];
  return found.flatMap((evidence) => {
    const whole: Part = { index, requirement, set: evidence.set, group: null, evidence };
    const groups = eachGroup ? byGroup(evidence) : [];
    return [whole, ...groups.map(([group, part]) => ({ ...whole, group, evidence: part }))];
  });
}

interface Levels {
  met: number;
  violated: number;
}

function judged(part: Part, policy: GatePolicy, levels: Levels, seed: number): RequirementResult {
  const { index, requirement, set, group, evidence } = part;
  const place = {
    requirement: index,
    ...{ set, group, role: evidence?.role ?? requirement.role, score: requirement.score },
    itemsHash: evidence?.itemsHash ?? null,
  };
  const stream = `gate/${set}/${group}/${requirement.score}`;
  const measured = measure(requirement, evidence, policy, levels, new RandomStream(seed, stream));
  const result = { ...place, ...demandOf(requirement), ...measured };
  return { ...result, words: gateWords(result, policy) };
}

type Measured = Omit<Judged, 'set' | 'group' | 'role' | 'score' | 'demand' | 'amount' | 'isRelative'>;

const NOTHING = { state: 'undecided', items: 0, units: 0, left: 0, broken: 0, estimate: null } as const;
const NO_NUMBERS = { limit: null, bound: null, mean: null, baseMean: null, moreItems: null } as const;

function measure(
  requirement: GateRequirement,
  evidence: Evidence | null,
  policy: GatePolicy,
  levels: Levels,
  random: RandomStream,
): Measured {
  if (evidence === null) return { ...NOTHING, ...NO_NUMBERS, lacks: 'set' };
  const { demand } = demandOf(requirement);
  if (demand === 'none') return countForbidden(evidence, policy);
  const needsBase = demand === 'gainAtLeast' || demand === 'noWorseThan';
  if (needsBase && evidence.baseValues === null) return { ...NOTHING, ...NO_NUMBERS, lacks: 'base' };
  return measureMargins(marginsOf(requirement, evidence), evidence, policy, levels, random);
}

/** No statistics: each item is looked at. What the base does is no excuse. */
function countForbidden({ values }: Evidence, { minimumItems }: GatePolicy): Measured {
  const items = values.length;
  const forbidden = Array.from(values).filter((one) => one !== 0).length;
  const isEnough = items >= minimumItems;
  const state = forbidden > 0 ? 'violated' : isEnough ? 'met' : 'undecided';
  const counts = { items, units: items, left: 0, broken: 0, lacks: null };
  const more = state === 'undecided' ? minimumItems - items : null;
  return { ...NO_NUMBERS, ...counts, state, estimate: forbidden, limit: 0, moreItems: more };
}

function measureMargins(
  margins: Margins,
  evidence: Evidence,
  policy: GatePolicy,
  levels: Levels,
  random: RandomStream,
): Measured {
  const { units, estimate, limit, direction, ends } = margins;
  const { items, left, broken } = units;
  const m = units.totals.length;
  const means = { mean: weightedMean(evidence.values, evidence), baseMean: null as number | null };
  if (evidence.baseValues) means.baseMean = weightedMean(evidence.baseValues, evidence);
  const found = { items, units: m, left, broken, lacks: null, limit, ...means };
  if (broken > 0) return { ...found, state: 'violated', estimate: null, bound: null, moreItems: null };
  if (m < 2) return { ...found, ...undecided(estimate), moreItems: policy.minimumItems - m };
  const bounds = gainBounds(units, { lower: levels.met, upper: levels.violated }, { random, ends });
  const state = stateOf(bounds, m, policy);
  const bound = limit + direction * (state === 'violated' ? bounds.upper : bounds.lower);
  const moreItems =
    state === 'undecided' ? Math.ceil((moreUnits(bounds, m, levels, policy) * items) / m) : null;
  return { ...found, state, estimate, bound, moreItems: Number.isFinite(moreItems) ? moreItems : null };
}

const undecided = (estimate: number) => ({ state: 'undecided', estimate, bound: null }) as const;

function stateOf({ lower, upper }: Bounds, m: number, { minimumItems }: GatePolicy): Judged['state'] {
  if (m < minimumItems) return 'undecided';
  if (lower >= 0) return 'met';
  return upper < 0 ? 'violated' : 'undecided';
}

function weightedMean(values: ArrayLike<number>, { weights }: Evidence): number {
  let [total, weight] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    total += values[i]! * (weights?.[i] ?? 1);
    weight += weights?.[i] ?? 1;
  }
  return total / weight;
}
