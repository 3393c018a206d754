import { normalCdf } from '../core/normal-distribution.js';

export type Alternative = 'two-sided' | 'less' | 'greater';

export interface SignedRank {
  /** sum of the ranks of the positive differences */
  positive: number;
  /** differences that are not zero */
  n: number;
  p: number;
  method: 'exact' | 'normal';
}

/** Up to here the distribution is counted, above it is close to normal. */
const MOST_EXACT = 50;

/**
 * Wilcoxon's signed-rank test that differences lie symmetrically around zero (Wilcoxon 1945). Zeros are left out, ties share their mean rank.
 * Exact for up to 50 differences, ties included: every choice of signs is counted. Above that the normal approximation with the variance
 * corrected for ties, without continuity correction: SciPy's wilcoxon(zero_method="wilcox", correction=False).
 */
export function signedRank(
  differences: ArrayLike<number>,
  alternative: Alternative = 'two-sided',
): SignedRank {
  const nonZero = Array.from(differences).filter((one) => one !== 0);
  const n = nonZero.length;
  const ranks = meanRanks(nonZero.map(Math.abs));
  const positive = ranks.reduce((sum, rank, i) => (nonZero[i]! > 0 ? sum + rank : sum), 0);
  if (n === 0) return { positive, n, p: 1, method: 'exact' };
  const [atMost, atLeast] = n <= MOST_EXACT ? countedTails(ranks, positive) : normalTails(ranks, positive);
  const p = {
    less: atMost,
    greater: atLeast,
    'two-sided': Math.min(1, 2 * Math.min(atMost, atLeast)),
  }[alternative];
  return { positive, n, p, method: n <= MOST_EXACT ? 'exact' : 'normal' };
}

/** Ranks from 1; equal values share the mean of theirs. */
export function meanRanks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + to + 1) / 2;
    from = to;
  }
  return ranks;
}

/** P(W ≤ w) and P(W ≥ w) over all 2ⁿ choices of signs. Ranks are doubled, so that shared ones are whole numbers. */
function countedTails(ranks: readonly number[], positive: number): [number, number] {
  const doubled = ranks.map((rank) => Math.round(2 * rank));
  const total = doubled.reduce((a, b) => a + b, 0);
  const probability = new Float64Array(total + 1);
  probability[0] = 1;
  let reached = 0;
  for (const rank of doubled) {
    reached += rank;
    for (let w = reached; w >= 0; w--)
      probability[w] = (probability[w]! + (w >= rank ? probability[w - rank]! : 0)) / 2;
  }
  const at = Math.round(2 * positive);
  const sumOf = (from: number, to: number) => probability.subarray(from, to).reduce((a, b) => a + b, 0);
  return [Math.min(1, sumOf(0, at + 1)), Math.min(1, sumOf(at, total + 1))];
}

function normalTails(ranks: readonly number[], positive: number): [number, number] {
  const n = ranks.length;
  const counts = new Map<number, number>();
  for (const rank of ranks) counts.set(rank, (counts.get(rank) ?? 0) + 1);
  const ties = [...counts.values()].reduce((sum, t) => sum + (t ** 3 - t), 0);
  const variance = (n * (n + 1) * (2 * n + 1) - ties / 2) / 24;
  const z = (positive - (n * (n + 1)) / 4) / Math.sqrt(variance);
  return [normalCdf(z), normalCdf(-z)];
}
