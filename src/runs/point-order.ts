import { copyPoint, emptyColumns, type PointColumns, sliceColumns } from './point-columns.js';

/** What points are ordered by: step, then time, then value. It is MLflow's order, so "last" means what it means there. */
export interface PointKey {
  step: number;
  time: number;
  value: number;
}

export function keyAt({ steps, values, times }: PointColumns, i: number): PointKey {
  return { step: steps[i]!, time: times[i]!, value: values[i]! };
}

/** Negative: a comes first. 0: the same point. NaN comes before all numbers, -0 before 0. */
export function compareKeys(a: PointKey, b: PointKey): number {
  return a.step - b.step || a.time - b.time || compareValues(a.value, b.value);
}

function compareValues(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return a === 0 ? Number(Object.is(b, -0)) - Number(Object.is(a, -0)) : 0;
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
}

/** Whether each point comes after the one before it: sorted, and none twice. */
export function isInOrder(points: PointColumns): boolean {
  const { steps } = points;
  for (let i = 1; i < steps.length; i++) {
    if (steps[i]! > steps[i - 1]!) continue;
    if (compareAt(points, i - 1, points, i) >= 0) return false;
  }
  return true;
}

function compareAt(a: PointColumns, i: number, b: PointColumns, j: number): number {
  return a.steps[i]! - b.steps[j]! || a.times[i]! - b.times[j]! || compareValues(a.values[i]!, b.values[j]!);
}

/** The points in order, each once. */
export function inOrder(points: PointColumns): PointColumns {
  if (isInOrder(points)) return points;
  const order = Uint32Array.from(points.steps, (_, i) => i).sort((i, j) => compareAt(points, i, points, j));
  const sorted = emptyColumns(order.length);
  let length = 0;
  for (const i of order) {
    copyPoint(points, i, sorted, length);
    if (length === 0 || compareAt(sorted, length - 1, sorted, length) !== 0) length++;
  }
  return sliceColumns(sorted, 0, length);
}

/**
 * Two ordered lists as one, each point once.
 * @returns all of them, and those of `added` that were not in `known`
 */
export function mergeOrdered(known: PointColumns, added: PointColumns) {
  const all = emptyColumns(known.steps.length + added.steps.length);
  const fresh = emptyColumns(added.steps.length);
  let [i, j, length, freshLength] = [0, 0, 0, 0];
  while (i < known.steps.length || j < added.steps.length) {
    const order = compareHeads(known, i, added, j);
    if (order > 0) copyPoint(added, j, fresh, freshLength++);
    if (order > 0) copyPoint(added, j, all, length++);
    else copyPoint(known, i++, all, length++);
    if (order >= 0) j++;
  }
  return { all: sliceColumns(all, 0, length), fresh: sliceColumns(fresh, 0, freshLength) };
}

function compareHeads(known: PointColumns, i: number, added: PointColumns, j: number): number {
  if (i === known.steps.length) return 1;
  return j === added.steps.length ? -1 : compareAt(known, i, added, j);
}

/** How many of the ordered points come before `key`. */
export function countBefore(points: PointColumns, key: PointKey): number {
  let [low, high] = [0, points.steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(keyAt(points, middle), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
