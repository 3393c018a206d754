import { RandomStream } from '../core/random.js';

/**
 * A random forest of regression trees whose leaves are boxes: what functional ANOVA integrates over.
 *
 * X  n points   y  n values   ordered dimensions: a position in [0, 1]   unordered ones: the index of a category, 0 to K − 1
 */
export type ForestDimension = { kind: 'ordered' } | { kind: 'unordered'; categories: number };

export interface Samples {
  X: readonly (readonly number[])[];
  y: readonly number[];
  dimensions: readonly ForestDimension[];
}

/** A box with one value: in each dimension an interval, or the categories that it holds. */
export interface Leaf {
  value: number;
  /** [from, to] of ordered dimensions; of unordered ones the categories, by index */
  sides: readonly (readonly [number, number] | readonly number[])[];
}

export interface Tree {
  leaves: Leaf[];
  /** where each ordered dimension is cut, ascending; empty for unordered ones */
  cuts: number[][];
  predict(x: readonly number[]): number;
}

export interface Forest {
  trees: Tree[];
  /** 1 − squared error / variance on points that a tree has not seen (out of bag); null: too few points */
  explained: number | null;
}

type Node = { value: number } | { split: Split; left: Node; right: Node };
interface Split {
  dimension: number;
  /** ordered: left of it; unordered: this category against the rest */
  at: number;
  isOrdered: boolean;
}

/**
 * Trees on bootstrap samples, grown until their leaves are pure, each split the one of largest fall in squared error over all dimensions
 * (Breiman 2001; as scikit-learn's and Optuna's defaults do). The same samples and seed give the same forest.
 */
export function growForest(samples: Samples, { trees = 64, seed = 0 } = {}): Forest {
  const n = samples.y.length;
  const [sums, counts] = [new Float64Array(n), new Float64Array(n)];
  const grown = Array.from({ length: trees }, (_, t) => {
    const random = new RandomStream(seed, `forest/${t}`);
    const rows = Array.from({ length: n }, () => random.nextInt(n));
    const tree = growTree(samples, rows);
    const seen = new Set(rows);
    for (let i = 0; i < n; i++) {
      if (seen.has(i)) continue;
      sums[i]! += tree.predict(samples.X[i]!);
      counts[i]!++;
    }
    return tree;
  });
  return { trees: grown, explained: explainedOf(samples.y, sums, counts) };
}

function explainedOf(y: readonly number[], sums: Float64Array, counts: Float64Array): number | null {
  const known = [...y.keys()].filter((i) => counts[i]! > 0);
  if (known.length < 3) return null;
  const mean = known.reduce((sum, i) => sum + y[i]!, 0) / known.length;
  const total = known.reduce((sum, i) => sum + (y[i]! - mean) ** 2, 0);
  const error = known.reduce((sum, i) => sum + (y[i]! - sums[i]! / counts[i]!) ** 2, 0);
  return total === 0 ? null : 1 - error / total;
}

function growTree(samples: Samples, rows: number[]): Tree {
  const root = grow(samples, rows);
  const cuts = samples.dimensions.map(() => new Set<number>());
  const leaves: Leaf[] = [];
  collect(root, samples.dimensions.map(wholeSide), leaves, cuts);
  return {
    leaves,
    cuts: cuts.map((set) => [...set].sort((a, b) => a - b)),
    predict: (x) => valueAt(root, x),
  };
}

function wholeSide(dimension: ForestDimension): readonly number[] {
  return dimension.kind === 'ordered' ? [0, 1] : Array.from({ length: dimension.categories }, (_, c) => c);
}

function goesLeft({ dimension, at, isOrdered }: Split, x: readonly number[]): boolean {
  return isOrdered ? x[dimension]! <= at : x[dimension] === at;
}

function valueAt(node: Node, x: readonly number[]): number {
  let here = node;
  while ('split' in here) here = goesLeft(here.split, x) ? here.left : here.right;
  return here.value;
}

function grow(samples: Samples, rows: number[]): Node {
  const mean = rows.reduce((sum, i) => sum + samples.y[i]! / rows.length, 0);
  const isPure = rows.every((i) => samples.y[i] === samples.y[rows[0]!]);
  const split = isPure ? undefined : bestSplit(samples, rows);
  if (split === undefined) return { value: mean };
  const left = rows.filter((i) => goesLeft(split, samples.X[i]!));
  const right = rows.filter((i) => !goesLeft(split, samples.X[i]!));
  return { split, left: grow(samples, left), right: grow(samples, right) };
}

interface Candidate {
  split: Split;
  /** Σ_left² / n_left + Σ_right² / n_right: the larger, the smaller the squared error */
  score: number;
}

function bestSplit(samples: Samples, rows: number[]): Split | undefined {
  let best: Candidate | undefined;
  const mean = rows.reduce((sum, i) => sum + samples.y[i]! / rows.length, 0);
  samples.dimensions.forEach(({ kind }, dimension) => {
    const found =
      kind === 'ordered'
        ? bestCut(samples, rows, dimension, mean)
        : bestCategory(samples, rows, dimension, mean);
    if (found && (best === undefined || found.score > best.score)) best = found;
  });
  return best?.split;
}

/** Halfway between two neighbours. */
function bestCut({ X, y }: Samples, rows: number[], dimension: number, mean: number): Candidate | undefined {
  const order = [...rows].sort((a, b) => X[a]![dimension]! - X[b]![dimension]!);
  const total = order.reduce((sum, i) => sum + y[i]! - mean, 0);
  let [left, best] = [0, undefined as Candidate | undefined];
  for (let k = 1; k < order.length; k++) {
    left += y[order[k - 1]!]! - mean;
    const [below, above] = [X[order[k - 1]!]![dimension]!, X[order[k]!]![dimension]!];
    if (below === above) continue;
    const score = left ** 2 / k + (total - left) ** 2 / (order.length - k);
    if (best === undefined || score > best.score)
      best = { split: { dimension, at: (below + above) / 2, isOrdered: true }, score };
  }
  return best;
}

function bestCategory(
  { X, y }: Samples,
  rows: number[],
  dimension: number,
  mean: number,
): Candidate | undefined {
  const groups = new Map<number, { sum: number; n: number }>();
  for (const i of rows) {
    const group = groups.get(X[i]![dimension]!) ?? { sum: 0, n: 0 };
    groups.set(X[i]![dimension]!, { sum: group.sum + y[i]! - mean, n: group.n + 1 });
  }
  if (groups.size < 2) return undefined;
  const total = [...groups.values()].reduce((sum, group) => sum + group.sum, 0);
  const candidates = [...groups].map(([at, { sum, n }]) => ({
    split: { dimension, at, isOrdered: false },
    score: sum ** 2 / n + (total - sum) ** 2 / (rows.length - n),
  }));
  return candidates.reduce((a, b) => (b.score > a.score ? b : a));
}

/** The boxes of a tree's leaves, and where it cuts. */
function collect(
  node: Node,
  sides: readonly (readonly number[])[],
  leaves: Leaf[],
  cuts: Set<number>[],
): void {
  if (!('split' in node)) {
    leaves.push({ value: node.value, sides });
    return;
  }
  const { dimension, at, isOrdered } = node.split;
  const side = sides[dimension]!;
  if (isOrdered) cuts[dimension]!.add(at);
  const [left, right] = isOrdered
    ? [
        [side[0]!, at],
        [at, side[1]!],
      ]
    : [[at], side.filter((category) => category !== at)];
  collect(node.left, sides.with(dimension, left!), leaves, cuts);
  collect(node.right, sides.with(dimension, right!), leaves, cuts);
}
