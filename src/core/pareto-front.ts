import type { Goal } from './metric-value.js';

/**
 * Which points no other point beats: indices of those for which none is at least as good in every objective and better in one. Equal points
 * stand on the front together. A point with a value that is not finite is never on it and beats nothing.
 * @param points one row per point, one value per objective
 * @param goals one per objective
 */
export function paretoFront(points: readonly (readonly number[])[], goals: readonly Goal[]): number[] {
  const losses = points.map((point) =>
    goals.map((goal, k) => (goal === 'minimize' ? point[k]! : -point[k]!)),
  );
  const candidates = losses.flatMap((loss, i) => (loss.every(Number.isFinite) ? [i] : []));
  candidates.sort((a, b) => compareFirst(losses[a]!, losses[b]!));
  const front: number[] = [];
  for (const i of candidates) {
    if (!front.some((j) => dominates(losses[j]!, losses[i]!))) front.push(i);
  }
  return front.sort((a, b) => a - b);
}

/** In this order a point can be beaten only by an earlier one. */
function compareFirst(a: readonly number[], b: readonly number[]): number {
  const k = a.findIndex((value, i) => value !== b[i]);
  return k < 0 ? 0 : a[k]! - b[k]!;
}

function dominates(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, k) => value <= b[k]!) && a.some((value, k) => value < b[k]!);
}
