import { type ForestDimension, growForest, type Samples, type Tree } from './regression-forest.js';

/**
 * Functional ANOVA of a random forest (Hutter, Hoos & Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter Importance"):
 * how much of the variance over the whole space each dimension makes by itself, and two of them beyond that.
 *
 * a_U(x_U)  mean of a tree over the dimensions outside of U, exact because its leaves are boxes       V  variance of the tree over the space
 * V_i = E[a_i²] − E[a]²        V_ij = E[a_ij²] − E[a]² − V_i − V_j        share = V_U / V, its mean and deviation over the trees
 */
export interface VarianceShare {
  /** one dimension, or two for an interaction */
  dimensions: number[];
  share: number;
  /** between the trees */
  deviation: number;
}

export interface VarianceShares {
  single: VarianceShare[];
  pairs: VarianceShare[];
  /** of the values of points that a tree has not seen, at most 1; null: too few points to say */
  explained: number | null;
}

/** Pairs are looked at among so many dimensions, those of the largest shares. */
const PAIRED = 12;

/** @returns null where the values do not differ, or fewer than three are given */
export function functionalAnova(
  samples: Samples,
  options: { trees?: number; seed?: number } = {},
): VarianceShares | null {
  const { y, dimensions } = samples;
  if (y.length < 3 || y.every((value) => value === y[0])) return null;
  const { trees, explained } = growForest(samples, options);
  const integrated = trees.map((tree) => new TreeVariance(tree, dimensions)).filter(({ total }) => total > 0);
  if (integrated.length === 0) return null;
  const shareOf = (indices: number[], variance: (tree: TreeVariance) => number): VarianceShare => ({
    dimensions: indices,
    ...moments(integrated.map((tree) => variance(tree) / tree.total)),
  });
  const single = dimensions.map((_, i) => shareOf([i], (tree) => tree.single(i)));
  const paired = [...single.keys()].sort((a, b) => single[b]!.share - single[a]!.share).slice(0, PAIRED);
  const pairs = paired
    .sort((a, b) => a - b)
    .flatMap((i, k) => paired.slice(k + 1).map((j) => shareOf([i, j], (tree) => tree.pair(i, j))));
  return { single, pairs, explained };
}

function moments(values: readonly number[]): { share: number; deviation: number } {
  const share = values.reduce((sum, value) => sum + value / values.length, 0);
  const squares = values.reduce((sum, value) => sum + (value - share) ** 2 / values.length, 0);
  return { share, deviation: Math.sqrt(squares) };
}

interface Cells {
  /** shares of the dimension, adding up to 1 */
  widths: number[];
  /** of each leaf: which of them it covers */
  covered: number[][];
}

/** The exact integrals of one tree. */
class TreeVariance {
  readonly total: number;
  private readonly mean: number;
  private readonly cells: Cells[];
  /** of each leaf: the share of each dimension that it covers */
  private readonly parts: number[][];
  private readonly volumes: number[];
  private readonly singles = new Map<number, number>();

  constructor(
    private readonly tree: Tree,
    dimensions: readonly ForestDimension[],
  ) {
    this.cells = dimensions.map((dimension, d) => cellsOf(tree, dimension, d));
    this.parts = tree.leaves.map((_, l) =>
      this.cells.map(({ widths, covered }) => covered[l]!.reduce((sum, c) => sum + widths[c]!, 0)),
    );
    this.volumes = this.parts.map((parts) => parts.reduce((product, part) => product * part, 1));
    this.mean = this.weighted((value) => value);
    this.total = Math.max(
      0,
      this.weighted((value) => (value - this.mean) ** 2),
    );
  }

  private weighted(of: (value: number) => number): number {
    return this.tree.leaves.reduce((sum, { value }, l) => sum + this.volumes[l]! * of(value), 0);
  }

  /** V_i */
  single(i: number): number {
    const known = this.singles.get(i);
    if (known !== undefined) return known;
    const { widths, covered } = this.cells[i]!;
    const marginal = new Float64Array(widths.length);
    this.tree.leaves.forEach(({ value }, l) => {
      const part = (value - this.mean) * (this.volumes[l]! / this.parts[l]![i]!);
      for (const c of covered[l]!) marginal[c]! += part;
    });
    const variance = widths.reduce((sum, width, c) => sum + width * marginal[c]! ** 2, 0);
    this.singles.set(i, variance);
    return variance;
  }

  /** V_ij, without V_i and V_j */
  pair(i: number, j: number): number {
    const [a, b] = [this.cells[i]!, this.cells[j]!];
    const columns = b.widths.length;
    const marginal = new Float64Array(a.widths.length * columns);
    this.tree.leaves.forEach(({ value }, l) => {
      const part = (value - this.mean) * (this.volumes[l]! / (this.parts[l]![i]! * this.parts[l]![j]!));
      for (const c of a.covered[l]!) for (const e of b.covered[l]!) marginal[c * columns + e]! += part;
    });
    let variance = 0;
    for (let c = 0, at = 0; c < a.widths.length; c++) {
      for (let e = 0; e < columns; e++) variance += a.widths[c]! * b.widths[e]! * marginal[at++]! ** 2;
    }
    return Math.max(0, variance - this.single(i) - this.single(j));
  }
}

function cellsOf({ leaves, cuts }: Tree, dimension: ForestDimension, d: number): Cells {
  if (dimension.kind === 'unordered') {
    const widths = new Array<number>(dimension.categories).fill(1 / dimension.categories);
    return { widths, covered: leaves.map(({ sides }) => [...sides[d]!]) };
  }
  const edges = [0, ...cuts[d]!, 1];
  const at = new Map(edges.map((edge, c) => [edge, c]));
  const covered = leaves.map(({ sides }) => {
    const [from, to] = [at.get(sides[d]![0]!)!, at.get(sides[d]![1]!)!];
    return Array.from({ length: to - from }, (_, c) => from + c);
  });
  return { widths: edges.slice(1).map((edge, c) => edge - edges[c]!), covered };
}
