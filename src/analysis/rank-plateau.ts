import { studentTUpperTail } from './student-t.js';

/** Losses (smaller is better) of runs of one rank that differ in their seed alone. */
export interface RankResult {
  rank: number;
  losses: readonly number[];
}

export interface RankSummary {
  rank: number;
  n: number;
  mean: number;
  /** of the sample; null for one value */
  deviation: number | null;
  /** that a rank no worse than the best looks at least this much worse; null for the best itself and where nothing is known of the noise */
  p: number | null;
  isOnPlateau: boolean;
}

export interface RankPlateau {
  /** by rank */
  ranks: RankSummary[];
  /** the rank of the lowest mean */
  best: number | null;
  /** the smallest rank that is not distinguishable from the best; null where the noise is not known */
  smallest: number | null;
  /** √ of the pooled variance within ranks, and its degrees of freedom; null: no rank has two values */
  deviation: number | null;
  freedom: number;
  level: number;
}

/**
 * Which ranks are as good as the best one, as far as the seeds can tell: a one-sided t test of each rank against the rank of the lowest mean,
 * with the variance pooled over all ranks (each has few seeds, and seeds scatter alike), Holm-corrected over the ranks at the level.
 * A rank that is not distinguishable is not shown to be equal: with few seeds little is distinguishable, so n is given with it.
 * Values that are not finite are left out; the best is one of several, so its mean is a little too good, which works against the plateau.
 *
 * t = (m − m*) / (s √(1/n + 1/n*))      s² = Σ_k Σ_i (x_ki − m_k)² / Σ_k (n_k − 1)
 */
export function rankPlateau(results: readonly RankResult[], level = 0.05): RankPlateau {
  const groups = results
    .map(({ rank, losses }) => ({ rank, losses: losses.filter(Number.isFinite) }))
    .filter(({ losses }) => losses.length > 0)
    .sort((a, b) => a.rank - b.rank)
    .map(({ rank, losses }) => ({ rank, n: losses.length, ...momentsOf(losses) }));
  const freedom = groups.reduce((sum, { n }) => sum + n - 1, 0);
  const squares = groups.reduce((sum, group) => sum + group.squares, 0);
  const deviation = freedom > 0 ? Math.sqrt(squares / freedom) : null;
  if (groups.length === 0) return { ranks: [], best: null, smallest: null, deviation, freedom, level };
  const best = groups.reduce((a, b) => (b.mean < a.mean ? b : a));
  const ps = groups.map((group) =>
    group === best || deviation === null ? null : pOf(group, best, deviation, freedom),
  );
  const worse = rejectedByHolm(ps, level);
  const ranks = groups.map(({ rank, n, mean, squares }, i) => ({
    ...{ rank, n, mean, deviation: n > 1 ? Math.sqrt(squares / (n - 1)) : null, p: ps[i]! },
    isOnPlateau: deviation === null ? groups[i] === best : !worse.has(i),
  }));
  const smallest = deviation === null ? null : ranks.find(({ isOnPlateau }) => isOnPlateau)!.rank;
  return { ranks, best: best.rank, smallest, deviation, freedom, level };
}

interface Moments {
  n: number;
  mean: number;
}

function momentsOf(values: readonly number[]): { mean: number; squares: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, squares: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}

function pOf(a: Moments, best: Moments, deviation: number, freedom: number): number {
  const difference = a.mean - best.mean;
  if (difference === 0) return 0.5;
  if (deviation === 0) return 0;
  return studentTUpperTail(difference / (deviation * Math.sqrt(1 / a.n + 1 / best.n)), freedom);
}

/** Holm (1979): from the smallest p on, against level / (tests left), until one is not below. */
function rejectedByHolm(ps: readonly (number | null)[], level: number): Set<number> {
  const order = [...ps.keys()].filter((i) => ps[i] !== null).sort((a, b) => ps[a]! - ps[b]!);
  const kept = order.findIndex((i, k) => ps[i]! > level / (order.length - k));
  return new Set(kept < 0 ? order : order.slice(0, kept));
}
