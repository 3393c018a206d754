import type { Goal } from '../core/metric-value.js';

/**
 * The same items scored twice. All lists are parallel.
 *
 *   d_i  what the item gains: value − base, or base − value where smaller is better      w_i  its weight in the mean
 *   unit  what was drawn independently: an item, or all items of one group               m    number of units
 *   gain  Σ w_i d_i / Σ w_i, so positive is better
 */
export interface PairedItems {
  goal: Goal;
  values: ArrayLike<number>;
  base: ArrayLike<number>;
  /** tokens or bytes of each item, say; null: all count the same */
  weights?: ArrayLike<number> | null;
  /** what each item belongs to; items of one group are drawn together. null: each item is drawn for itself */
  clusters?: readonly (string | null)[] | null;
}

/** Sums over units: the gain is Σ total / Σ weight. */
export interface Units {
  totals: Float64Array;
  weights: Float64Array;
  /** items behind them */
  items: number;
  /** items left out because the base has no finite score on them, or because they weigh nothing */
  left: number;
  /** items on which the base has a finite score and the other has none: it is as bad there as can be */
  broken: number;
}

/** The gain of item i. */
export function gainOf({ goal, values, base }: PairedItems, i: number): number {
  return goal === 'maximize' ? values[i]! - base[i]! : base[i]! - values[i]!;
}

/**
 * @param gain of item i; default: gainOf. A limit that is a share of the base is subtracted here, item by item.
 */
export function unitsOf(pairs: PairedItems, gain = (i: number) => gainOf(pairs, i)): Units {
  const { base, values, weights, clusters } = pairs;
  const places = new Map<string, number>();
  const [totals, sums]: [number[], number[]] = [[], []];
  let [left, broken] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const weight = weights?.[i] ?? 1;
    if (!Number.isFinite(base[i]) || !(weight > 0)) {
      left++;
    } else if (!Number.isFinite(values[i])) {
      broken++;
    } else {
      const place = placeOf(clusters?.[i] ?? null, places, totals.length);
      totals[place] = (totals[place] ?? 0) + weight * gain(i);
      sums[place] = (sums[place] ?? 0) + weight;
    }
  }
  const items = values.length - left - broken;
  return { totals: Float64Array.from(totals), weights: Float64Array.from(sums), items, left, broken };
}

function placeOf(cluster: string | null, places: Map<string, number>, next: number): number {
  if (cluster === null) return next;
  const place = places.get(cluster) ?? next;
  places.set(cluster, place);
  return place;
}

/** Σ total / Σ weight; NaN without units. */
export function gainOfUnits({ totals, weights }: Pick<Units, 'totals' | 'weights'>): number {
  return sum(totals) / sum(weights);
}

/** What each unit adds to the gain's error, scaled so that the gain's standard error is their deviation / √m: m (total − gain · weight) / Σ weight. */
export function influences({ totals, weights }: Pick<Units, 'totals' | 'weights'>): Float64Array {
  const gain = gainOfUnits({ totals, weights });
  const scale = totals.length / sum(weights);
  return totals.map((total, j) => scale * (total - gain * weights[j]!));
}

/** The standard deviation of the units' influences; 0 for fewer than two units. */
export function deviationOf(units: Pick<Units, 'totals' | 'weights'>): number {
  const m = units.totals.length;
  if (m < 2) return 0;
  const squares = influences(units).reduce((total, one) => total + one * one, 0);
  return Math.sqrt(squares / (m - 1));
}

export function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
