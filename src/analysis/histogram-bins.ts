/** Counts of values in bins of equal width: bin i holds edges[i] ≤ x < edges[i + 1], the last one its upper edge too. */
export interface Bins {
  edges: number[];
  counts: number[];
  /** NaN and the infinities, which are in no bin */
  notFinite: number;
}

const MOST = 200;

/**
 * Bins as wide as Freedman and Diaconis (1981) say, 2·IQR/∛n, widened to the next of 1, 2, 2.5, 5 times a power of ten so that the edges are
 * round. Where half of the values are equal (IQR 0) Sturges' ⌈log₂ n⌉ + 1 bins. One distinct value has one bin around it.
 */
export function histogramBins(values: readonly number[]): Bins {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const notFinite = values.length - sorted.length;
  if (sorted.length === 0) return { edges: [], counts: [], notFinite };
  const [low, high] = [sorted[0]!, sorted[sorted.length - 1]!];
  if (low === high) return { edges: around(low), counts: [sorted.length], notFinite };
  const width = roundUp(Math.max(wantedWidth(sorted), (high - low) / MOST));
  const first = Math.floor(low / width);
  const count = Math.max(1, Math.ceil(high / width - first));
  const edges = Array.from({ length: count + 1 }, (_, i) => exact((first + i) * width));
  const counts = new Array<number>(count).fill(0);
  for (const value of sorted) counts[binOf(value, edges, width)]!++;
  return { edges, counts, notFinite };
}

function around(value: number): [number, number] {
  const half = Math.abs(value) * 0.05 || 0.5;
  return [value - half, value + half];
}

function wantedWidth(sorted: readonly number[]): number {
  const n = sorted.length;
  const spread = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  if (spread > 0) return (2 * spread) / Math.cbrt(n);
  return (sorted[n - 1]! - sorted[0]!) / (Math.ceil(Math.log2(n)) + 1);
}

/** Linear between the order statistics (Hyndman and Fan's type 7). */
function quantile(sorted: readonly number[], p: number): number {
  const at = (sorted.length - 1) * p;
  const [below, part] = [sorted[Math.floor(at)]!, at - Math.floor(at)];
  return below + part * ((sorted[Math.ceil(at)] ?? below) - below);
}

function roundUp(width: number): number {
  const power = 10 ** Math.floor(Math.log10(width));
  return [1, 2, 2.5, 5, 10]
    .map((multiple) => multiple * power)
    .find((round) => round >= width * (1 - 1e-12))!;
}

/** 0.1 · 3 is 0.30000000000000004. */
const exact = (value: number) => Number(value.toPrecision(12));

/** A rounded edge may lie a hair on the other side of a value. */
function binOf(value: number, edges: readonly number[], width: number): number {
  const last = edges.length - 2;
  let bin = Math.min(last, Math.max(0, Math.floor((value - edges[0]!) / width)));
  while (bin > 0 && value < edges[bin]!) bin--;
  while (bin < last && value >= edges[bin + 1]!) bin++;
  return bin;
}
