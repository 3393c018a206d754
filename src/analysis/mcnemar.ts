/**
 * McNemar's exact test (1947) that a change from wrong to right is as likely as one from right to wrong: binomial with ½ over the items on which
 * the two differ. Two-sided: twice the smaller tail, at most 1.
 * @param better items that only the first has right    @param worse items that only the second has right
 */
export function mcnemarExact(better: number, worse: number): number {
  const n = better + worse;
  if (n === 0) return 1;
  return Math.min(1, 2 * binomialTail(Math.min(better, worse), n));
}

/** P(X ≤ k), X binomial with n trials of probability ½; summed in logarithms, so that thousands of items do not underflow. */
function binomialTail(k: number, n: number): number {
  let log = -n * Math.LN2;
  let total = Math.exp(log);
  for (let i = 0; i < k; i++) {
    log += Math.log((n - i) / (i + 1));
    total += Math.exp(log);
  }
  return total;
}
