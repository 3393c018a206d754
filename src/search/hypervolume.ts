import { paretoFront } from '../core/pareto-front.js';

/**
 * The volume that points dominate, up to a reference point (Zitzler & Thiele 1998). In two dimensions the strips of the sorted front; in more the
 * last objective is cut into slices (While et al. 2006, "A Faster Algorithm for Calculating Hypervolume", HSO).
 * @param points losses: smaller is better   @param reference one loss per objective; what is not better in all of them counts nothing
 */
export function hypervolume(points: readonly (readonly number[])[], reference: readonly number[]): number {
  const inside = points.filter((point) => point.every((loss, k) => loss < reference[k]!));
  const front = frontOf(inside);
  if (front.length === 0) return 0;
  if (reference.length === 1) return reference[0]! - Math.min(...front.map(([loss]) => loss!));
  return reference.length === 2 ? area(front, reference) : slices(front, reference);
}

/** The points that no other one beats. */
export function frontOf(points: readonly (readonly number[])[]): (readonly number[])[] {
  const goals = (points[0] ?? []).map(() => 'minimize' as const);
  return paretoFront(points, goals).map((i) => points[i]!);
}

function area(front: readonly (readonly number[])[], [right, top]: readonly number[]): number {
  const sorted = [...front].sort((p, q) => p[0]! - q[0]!);
  return sorted.reduce((sum, [a, b], i) => {
    const until = sorted[i + 1]?.[0] ?? right!;
    return sum + (until - a!) * (top! - b!);
  }, 0);
}

/** Between two values of the last objective the dominated part is that of the points that are as good in it. */
function slices(front: readonly (readonly number[])[], reference: readonly number[]): number {
  const last = reference.length - 1;
  const sorted = [...front].sort((p, q) => p[last]! - q[last]!);
  return sorted.reduce((sum, point, i) => {
    const depth = (sorted[i + 1]?.[last] ?? reference[last]!) - point[last]!;
    if (depth === 0) return sum;
    const base = sorted.slice(0, i + 1).map((p) => p.slice(0, last));
    return sum + depth * hypervolume(base, reference.slice(0, last));
  }, 0);
}
