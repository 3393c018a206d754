import type { Parameters } from '../core/search-space.js';
import { type Dimension, encodePoint } from './encode.js';
import type { Points } from './kernel.js';

/** Points of the space as rows of the model's matrix. */
export function encodePoints(dimensions: readonly Dimension[], params: readonly Parameters[]): Points {
  const X = Float64Array.from(params.flatMap((point) => [...encodePoint(dimensions, point)]));
  return { X, n: params.length, kinds: dimensions.map(({ kind }) => kind) };
}
