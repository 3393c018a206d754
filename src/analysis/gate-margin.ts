import { demandOf, type GateRequirement } from '../core/gate-policy.js';
import type { Goal } from '../core/metric-value.js';
import { gainOf, type PairedItems, type Units, unitsOf } from './paired-items.js';

/** The items of one score of one evaluation set, as they are stored. */
export interface Evidence {
  set: string;
  role: string;
  score: string;
  goal: Goal;
  /** of the keys and groups: what was asked */
  itemsHash: string;
  values: ArrayLike<number>;
  /** null: the base was not scored */
  baseValues: ArrayLike<number> | null;
  weights: ArrayLike<number> | null;
  groups: readonly (string | null)[] | null;
}

/** A demand as a margin: what each item has left over it. The requirement is that the mean margin is not negative. */
export interface Margins {
  units: Units;
  /** the number that the requirement speaks of: the gain over the base, or the adapter's own mean */
  estimate: number;
  /** what it must reach, in the same units */
  limit: number;
  /** +1: the estimate must be at least the limit; −1: at most */
  direction: 1 | -1;
  /** least and most that an item can have; null: no end */
  ends: [number, number] | null;
}

/** @param evidence with base values, unless the demand is of the adapter alone */
export function marginsOf(requirement: GateRequirement, evidence: Evidence): Margins {
  const { demand, amount, isRelative } = demandOf(requirement);
  if (demand === 'meanAtMost' || demand === 'meanAtLeast') return ownMargins(requirement, evidence, amount);
  const pairs = pairsOf(evidence, requirement.clustered);
  const wanted = demand === 'gainAtLeast' ? amount : -amount;
  const limitAt = (i: number) => (isRelative ? wanted * Math.abs(pairs.base[i]!) : wanted);
  const units = unitsOf(pairs, (i) => gainOf(pairs, i) - limitAt(i));
  const estimate = meanOf(unitsOf(pairs));
  const size = Math.abs(wanted);
  const ends: [number, number] = isRelative ? [-1 - size, 1 + size] : [-1 - wanted, 1 - wanted];
  return {
    units,
    estimate,
    limit: isRelative ? estimate - meanOf(units) : wanted,
    direction: 1,
    ends: isBounded(evidence) ? ends : null,
  };
}

function ownMargins({ clustered, meanAtMost }: GateRequirement, evidence: Evidence, limit: number): Margins {
  const direction = meanAtMost !== null ? -1 : 1;
  const { values } = evidence;
  const alone = { ...pairsOf(evidence, clustered), base: new Float64Array(values.length) };
  const units = unitsOf(alone, (i) => direction * (values[i]! - limit));
  const estimate = meanOf(unitsOf(alone, (i) => values[i]!));
  const ends = [direction * (0 - limit), direction * (1 - limit)].sort((a, b) => a - b) as [number, number];
  return { units, estimate, limit, direction, ends: isBounded(evidence) ? ends : null };
}

/** The items beside the base's. Without a base all are left out. */
export function pairsOf(evidence: Evidence, isClustered: boolean): PairedItems {
  const { goal, values, weights, groups } = evidence;
  const base = evidence.baseValues ?? new Float64Array(values.length).fill(Number.NaN);
  return { goal, values, base, weights, clusters: isClustered ? groups : null };
}

/** Right or wrong, or a share like F1: from 0 to 1. Losses and bits per byte may be so small by chance; they have no end. */
function isBounded({ goal, values, baseValues }: Evidence): boolean {
  const all = [...Array.from(values), ...Array.from(baseValues ?? [])].filter(Number.isFinite);
  if (goal === 'maximize') return all.every((one) => one >= 0 && one <= 1);
  return all.every((one) => one === 0 || one === 1);
}

function meanOf({ totals, weights }: Units): number {
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  return sum(totals) / sum(weights);
}

/** The evidence of each group by itself, in the order of their names; items without a group are in none. */
export function byGroup(evidence: Evidence): [string, Evidence][] {
  const groups = evidence.groups ?? [];
  const names = [...new Set(groups)].filter((one) => one !== null).sort();
  return names.map((name) => {
    const places = groups.flatMap((one, i) => (one === name ? [i] : []));
    const pick = (values: ArrayLike<number>) => Float64Array.from(places, (i) => values[i]!);
    const { values, baseValues, weights } = evidence;
    const columns = {
      values: pick(values),
      baseValues: baseValues && pick(baseValues),
      weights: weights && pick(weights),
    };
    return [name, { ...evidence, ...columns, groups: places.map(() => name) }];
  });
}
