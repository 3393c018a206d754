import type { Curve } from '../charts/curve-data.js';

/** Says whether every logged point is drawn. */
export function describeExactness(curves: Curve[]): string {
  const bucketed = curves.filter(({ isExact }) => !isExact);
  const points = curves.reduce((sum, { count }) => sum + count, 0);
  if (curves.length === 0 || points === 0) return '';
  if (bucketed.length === 0) return `exact, ${points} points`;
  const longest = Math.max(...bucketed.map(({ count }) => count));
  return `bucketed: up to ${longest} points a run, drawn with their lowest and highest`;
}
