import { type Aim, evidenceOf } from './aim.js';
import { aimAtFront } from './aim-front.js';
import { aimInDirection, aimWithinLimits } from './aim-limits.js';
import type { EncodedSpace } from './encode.js';
import { MODELLED, mostTelling, observationsOf } from './observations.js';
import { objectiveValues, tellingHistory } from './outcome-observations.js';
import { referencePointOf } from './reference-point.js';
import type { SearchPolicy, TrialRecord } from './sampler.js';

export function isSeveral({ objectives, outcomeConstraints }: SearchPolicy): boolean {
  return objectives !== undefined || (outcomeConstraints?.length ?? 0) > 0;
}

/** What the next suggestion looks for; undefined while too few trials have results. */
export function aimOf(
  encoded: EncodedSpace,
  history: readonly TrialRecord[],
  policy: SearchPolicy,
  seed: number,
): Aim | undefined {
  const known = withReference(history, policy);
  const names = [...(policy.objectives ?? []), ...(policy.outcomeConstraints ?? [])].map(({ name }) => name);
  const telling = mostTellingOf(tellingHistory(history, names), policy);
  if (known === undefined || telling.length < 2) return undefined;
  const evidence = evidenceOf(encoded, history, telling, known, seed);
  if (policy.objectives === undefined) return aimWithinLimits(evidence);
  return policy.objectives.length === 2 ? aimAtFront(evidence) : aimInDirection(evidence);
}

/** A search without a server has no stored reference point: it takes the one of what it knows. */
function withReference(history: readonly TrialRecord[], policy: SearchPolicy): SearchPolicy | undefined {
  if (policy.objectives === undefined) {
    const isKnown = history.some(({ state, value }) => state === 'finished' && Number.isFinite(value));
    return isKnown ? policy : undefined;
  }
  const referencePoint = policy.referencePoint ?? referencePointOf(history, policy.objectives);
  return referencePoint === null ? undefined : { ...policy, referencePoint };
}

/** Of very many trials those that are good in the sum of their standardised objectives, and some of the others. */
function mostTellingOf(telling: TrialRecord[], { objectives, goal }: SearchPolicy): TrialRecord[] {
  if (telling.length <= MODELLED) return telling;
  const columns = objectives?.map((objective) => objectiveValues(telling, objective, undefined, false).y) ?? [
    observationsOf(telling, goal).y,
  ];
  const y = Float64Array.from(telling, (_, i) => columns.reduce((sum, column) => sum + column[i]!, 0));
  const all = {
    ...{ indices: [...telling.keys()], params: [], y, finite: 0, extra: undefined },
    ...{ sign: 1 as const, offset: 0, scale: 1 },
  };
  return mostTelling(all, MODELLED).indices.map((i) => telling[i]!);
}
