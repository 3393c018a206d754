/** The standard deviation within groups, over all groups that have several values: √(Σ(x − group mean)² / Σ(n − 1)). Null: no group has. */
export function pooledDeviation(groups: readonly (readonly number[])[]): number | null {
  const repeated = groups.filter((values) => values.length > 1);
  if (repeated.length === 0) return null;
  const squares = repeated.map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  });
  const freedom = repeated.reduce((sum, values) => sum + values.length - 1, 0);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / freedom);
}
