import type { Parameters } from '../core/search-space.js';
import { type EncodedSpace, encodePoint } from './encode.js';
import type { Points } from './kernel.js';

/** Points of the space as rows of the model's matrix. */
export function encodePoints(
  encoded: EncodedSpace,
  { params, extra }: { params: readonly Parameters[]; extra?: Float64Array | undefined },
): Points {
  const X = Float64Array.from(params.flatMap((point) => [...encodePoint(encoded, point)]));
  const kinds = encoded.dimensions.map(({ kind }) => kind);
  return { X, n: params.length, kinds, ...(extra && { extra }) };
}
