import { RandomStream } from '../core/random.js';
import { type Dimension, snapPoint } from './encode.js';
import { MAX_SOBOL_DIMENSIONS, scrambledSobolPoint } from './sobol.js';

/** Scrambled Sobol points through the parameters' distributions: `count` positions that fill the space evenly. */
export function spread(
  dimensions: readonly Dimension[],
  stream: RandomStream,
  count: number,
): Float64Array[] {
  const tabled = Math.min(dimensions.length, MAX_SOBOL_DIMENSIONS);
  const seeds = Uint32Array.from({ length: tabled }, () => stream.nextUint32());
  return Array.from({ length: count }, (_, i) => {
    const u = scrambledSobolPoint(i, seeds);
    return Float64Array.from(dimensions, (dimension, j) =>
      dimension.fromUnit(j < tabled ? u[j]! : stream.next()),
    );
  });
}

/** Neighbours of a point: ordered coordinates move by a normal step of a random size, others change with probability 0.15. */
export function neighbours(
  dimensions: readonly Dimension[],
  stream: RandomStream,
  centre: Float64Array,
  count: number,
): Float64Array[] {
  return Array.from({ length: count }, () => {
    const size = 0.3 * 0.01 ** stream.next();
    const moved = dimensions.map((dimension, j) => move(dimension, stream, centre[j]!, size));
    return snapPoint(dimensions, Float64Array.from(moved));
  });
}

function move({ kind, levels }: Dimension, stream: RandomStream, at: number, size: number): number {
  const u = stream.next();
  if (kind === 'unordered') return u < 0.15 ? stream.nextInt(levels!.length) : at;
  if (levels !== null && u < 0.5) return at;
  const step = levels === null ? size : Math.max(size, 1 / (levels.length - 1));
  return Math.min(1, Math.max(0, at + step * stream.nextNormal()));
}
