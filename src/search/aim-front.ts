import { type Acquisition, mixtureOf, productOf } from './acquisition-function.js';
import {
  type Aim,
  chanceToKeep,
  type Evidence,
  groundsOf,
  nearlyFeasible,
  predictedOutcomes,
} from './aim.js';
import {
  logExpectedHypervolume,
  logExpectedHypervolumeSlopes,
  type Strip,
  stripsOf,
} from './expected-hypervolume.js';
import { chanceBelow } from './feasibility.js';
import {
  believe,
  fittedMeans,
  type GaussianProcess,
  predict,
  predictWithSlopes,
} from './gaussian-process.js';
import { frontOf, hypervolume } from './hypervolume.js';
import { pointAt } from './kernel.js';
import { combinationsOf, modelOf, type OutcomeModel, predictTogether } from './outcome-models.js';
import { constraintValues, objectiveValues } from './outcome-observations.js';
import { completeLosses, referenceLosses } from './reference-point.js';

/** As many trials of the front are looked at closely. */
const CENTRES = 8;

/**
 * Two objectives: exact expected growth of the dominated area over the believed front, times the chance to keep every limit. Pending trials
 * stand on the front at their predicted values.
 */
export function aimAtFront(evidence: Evidence): Aim {
  const { telling, points, seed, history, policy } = evidence;
  const references = referenceLosses(policy);
  const objectives = policy.objectives!.map((objective, k) =>
    modelOf(points, objectiveValues(telling, objective, references[k], k === 0), seed, history.length),
  );
  const limits = (policy.outcomeConstraints ?? []).map((constraint) =>
    modelOf(points, constraintValues(telling, constraint), seed, history.length),
  );
  const parts = combinationsOf([...objectives, ...limits]).map((gps) =>
    partOf(evidence, objectives, limits, gps),
  );
  return {
    ...groundsOf(evidence, objectives[0]!),
    target: mixtureOf(parts.map(({ part }) => ({ share: 1 / parts.length, part }))),
    centres: centresOf(evidence, objectives, limits),
    explain: (x, score) => explain(evidence, objectives, limits, parts, x, score),
  };
}

interface Part {
  part: Acquisition;
  chance: Acquisition;
}

/** The first processes are the objectives', the others the limits'. */
function partOf(
  evidence: Evidence,
  objectives: readonly OutcomeModel[],
  limits: readonly OutcomeModel[],
  gps: readonly GaussianProcess[],
): Part {
  const count = objectives.length;
  const [first, second] = gps;
  const believed = gps.map((gp) => believe(gp, evidence.pending));
  const chance = productOf(limits.map(({ values }, k) => chanceBelow(believed[count + k]!, values.bound)));
  const means = [fittedMeans(first!), fittedMeans(second!)];
  const tried = evidence.feasible.map((i) => means.map((m) => m[i]!));
  const awaited = evidence.pending
    .filter((x) => limits.every(({ values }, k) => predict(gps[count + k]!, x).mean <= values.bound))
    .map((x) => [predict(first!, x).mean, predict(second!, x).mean]);
  const strips = stripsOf(
    [...tried, ...awaited],
    objectives.map(({ values }) => values.bound),
  );
  return { part: productOf([growthOf(strips, believed[0]!, believed[1]!), chance]), chance };
}

function growthOf(strips: readonly Strip[], first: GaussianProcess, second: GaussianProcess): Acquisition {
  return {
    value: (x) => logExpectedHypervolume(strips, predict(first, x), predict(second, x)),
    sloped: (x) => {
      const [p, q] = [predictWithSlopes(first, x), predictWithSlopes(second, x)];
      const { value, mean1, sd1, mean2, sd2 } = logExpectedHypervolumeSlopes(strips, p, q);
      const slope = (j: number) =>
        mean1 * p.meanSlope[j]! + sd1 * p.sdSlope[j]! + mean2 * q.meanSlope[j]! + sd2 * q.sdSlope[j]!;
      return { value, slopes: p.meanSlope.map((_, j) => slope(j)) };
    },
  };
}

/** Trials evenly along the front; while nothing keeps the limits those that break them least. */
export function centresOf(
  evidence: Evidence,
  objectives: readonly OutcomeModel[],
  limits: readonly OutcomeModel[],
): Float64Array[] {
  const { feasible, points } = evidence;
  const lossesAt = (i: number) => objectives.map(({ values }) => values.y[i]!);
  const front = new Set(frontOf(feasible.map(lossesAt)).map((losses) => losses.join()));
  const rows = feasible
    .filter((i) => front.has(lossesAt(i).join()))
    .sort((a, b) => lossesAt(a)[0]! - lossesAt(b)[0]!);
  const chosen =
    rows.length > 0
      ? rows
      : nearlyFeasible(
          evidence,
          limits.map(({ values }) => values),
        );
  const step = Math.max(1, (chosen.length - 1) / (CENTRES - 1));
  const places = Array.from({ length: Math.min(CENTRES, chosen.length) }, (_, k) => Math.round(k * step));
  return places.map((place) => pointAt(points, chosen[place]!));
}

function explain(
  evidence: Evidence,
  objectives: readonly OutcomeModel[],
  limits: readonly OutcomeModel[],
  parts: readonly Part[],
  x: Float64Array,
  score: number,
): ReturnType<Aim['explain']> {
  const logGain = score + objectives.reduce((sum, { values }) => sum + Math.log(values.scale), 0);
  return {
    ...frontFacts(evidence, objectives, limits, x),
    rule: 'expected hypervolume improvement',
    expectedHypervolumeGain: Math.exp(logGain),
    logExpectedHypervolumeGain: logGain,
    ...(limits.length > 0 && {
      chanceFeasible: chanceToKeep(
        parts.map(({ chance }) => chance),
        x,
      ),
    }),
  };
}

/** What a suggestion with several objectives says whatever its rule. */
export function frontFacts(
  { telling, feasible, policy, pending }: Evidence,
  objectives: readonly OutcomeModel[],
  limits: readonly OutcomeModel[],
  x: Float64Array,
) {
  const reference = referenceLosses(policy);
  const results = feasible.map((i) => completeLosses(telling[i]!, policy.objectives!)!);
  const now = hypervolume(results, reference);
  const predicted = objectives.map((model, k) => {
    const own = model.values.inOwnUnits(predictTogether(model, x).mean);
    return policy.objectives![k]!.goal === 'minimize' ? own : -own;
  });
  const isGrowing = hypervolume([...results, predicted], reference) > now;
  return {
    kind: isGrowing ? ('exploit' as const) : ('explore' as const),
    ...{ hypervolume: now, referencePoint: policy.referencePoint! },
    ...{ outcomes: predictedOutcomes([...objectives, ...limits], x), observed: telling.length },
    ...{ pending: pending.length, pendingRule: 'kriging believer' as const },
  };
}
