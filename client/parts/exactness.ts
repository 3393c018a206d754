import type { Curve } from '../charts/curve-data.js';
import { formatNumber } from '../format/number.js';

/** Says whether every logged point is drawn. */
export function describeExactness(curves: Curve[]): string {
  const bucketed = curves.filter(({ isExact }) => !isExact);
  const points = curves.reduce((sum, { count }) => sum + count, 0);
  if (curves.length === 0 || points === 0) return '';
  if (bucketed.length === 0) return `exact, ${formatNumber(points)} points`;
  const longest = Math.max(...bucketed.map(({ count }) => count));
  return `bucketed, up to ${formatNumber(longest)} points a run`;
}
