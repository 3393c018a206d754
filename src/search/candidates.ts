import type { RandomStream } from '../core/random.js';
import { type Dimension, decodePoint, type EncodedSpace, snapPoint } from './encode.js';
import { MAX_SOBOL_DIMENSIONS, scrambledSobolPoint } from './sobol.js';

/** Scrambled Sobol points through the parameters' distributions: up to `count` positions that fill the space evenly; forbidden ones are left out. */
export function spread(encoded: EncodedSpace, stream: RandomStream, count: number): Float64Array[] {
  const { dimensions, isStructured } = encoded;
  const tabled = Math.min(dimensions.length, MAX_SOBOL_DIMENSIONS);
  const seeds = Uint32Array.from({ length: tabled }, () => stream.nextUint32());
  const points = Array.from({ length: count }, (_, i) => {
    const u = scrambledSobolPoint(i, seeds);
    return Float64Array.from(dimensions, (dimension, j) =>
      dimension.fromUnit(j < tabled ? u[j]! : stream.next()),
    );
  });
  return isStructured ? existing(encoded, points) : points;
}

/** Neighbours of a point: ordered coordinates move by a normal step of a random size, others change with probability 0.15. */
export function neighbours(
  encoded: EncodedSpace,
  stream: RandomStream,
  centre: Float64Array,
  count: number,
): Float64Array[] {
  const points = Array.from({ length: count }, () => {
    const size = 0.3 * 0.01 ** stream.next();
    const moved = encoded.dimensions.map((dimension, j) => move(dimension, stream, centre[j]!, size));
    return Float64Array.from(moved);
  });
  return existing(encoded, points);
}

/** The nearest points that exist, without those that a constraint forbids. */
function existing(encoded: EncodedSpace, points: readonly Float64Array[]): Float64Array[] {
  const snapped = points.map((x) => snapPoint(encoded, x));
  return encoded.isStructured ? snapped.filter((x) => encoded.allows(decodePoint(encoded, x))) : snapped;
}

function move({ kind, levels }: Dimension, stream: RandomStream, at: number, size: number): number {
  const u = stream.next();
  if (kind === 'unordered') return u < 0.15 ? stream.nextInt(levels!.length) : at;
  if (levels !== null && u < 0.5) return at;
  const step = levels === null ? size : Math.max(size, 1 / (levels.length - 1));
  return Math.min(1, Math.max(0, at + step * stream.nextNormal()));
}
