import type { Parameters, SearchSpace } from '../core/search-space.js';
import { type EncodedSpace, encodedSpace } from './encode.js';
import { pointAsWritten } from './initial-design.js';
import type { TrialRecord } from './sampler.js';
import { pointKey, type SearchPolicy, type Suggestion, triedKeys } from './sampler.js';

/** The first of the points that a person asked for which was not tried; undefined if none is left. A point outside the space is passed over. */
export function nextAsked(
  space: SearchSpace,
  history: readonly TrialRecord[],
  policy: SearchPolicy,
): Suggestion | undefined {
  const asked = policy.tryFirst ?? [];
  if (asked.length === 0) return undefined;
  const encoded = encodedSpace(space, policy.constraints);
  const tried = triedKeys(history);
  for (const [index, point] of asked.entries()) {
    const params = pointAsWritten(encoded, filledIn(encoded, point, policy.defaults));
    if (params === undefined || tried.has(pointKey(params))) continue;
    return { params, why: { kind: 'initial', rule: 'asked', index, of: asked.length } };
  }
  return undefined;
}

/** What the point leaves out comes from the recipe, where that is known, or from the middle of the range. */
function filledIn({ dimensions }: EncodedSpace, point: Parameters, defaults?: Parameters | null): Parameters {
  return Object.fromEntries(
    dimensions.map(({ name, decode }) => [name, point[name] ?? defaults?.[name] ?? decode(0.5)]),
  );
}
