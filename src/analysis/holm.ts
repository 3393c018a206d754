/**
 * p-values corrected for their number by Holm's method (1979): the chance of any false discovery among all comparisons is at most the level that
 * each is held against. In the order given; sorted from the smallest, the i-th is multiplied by (k − i), and none is below one before it.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const corrected = new Array<number>(pValues.length);
  let largest = 0;
  for (const [rank, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[i]!));
    corrected[i] = largest;
  }
  return corrected;
}
