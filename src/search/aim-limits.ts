import { RandomStream } from '../core/random.js';
import { type Acquisition, improvementOf, mixtureOf, productOf } from './acquisition-function.js';
import {
  type Aim,
  chanceToKeep,
  type Evidence,
  groundsOf,
  nearlyFeasible,
  predictedOutcomes,
} from './aim.js';
import { centresOf, frontFacts } from './aim-front.js';
import { chanceBelow } from './feasibility.js';
import { anchorAt, believe, fittedMeans, type GaussianProcess } from './gaussian-process.js';
import { pointAt } from './kernel.js';
import { observationsOf } from './observations.js';
import { combinationsOf, modelOf, type OutcomeModel, predictTogether } from './outcome-models.js';
import { constraintValues, type OutcomeValues, objectiveValues } from './outcome-observations.js';
import { referenceLosses } from './reference-point.js';

const CENTRES = 5;

/**
 * One objective with limits on outcomes: expected improvement over the best trial that keeps them, times the chance to keep them. While none
 * does, that chance alone.
 */
export function aimWithinLimits(evidence: Evidence): Aim {
  const { telling, policy } = evidence;
  const { y, extra, scale, offset, sign } = observationsOf(telling, policy.goal);
  const inOwnUnits = (standardised: number) => sign * (offset + scale * standardised);
  const values = { name: '', y, extra, scale, inOwnUnits, bound: Number.POSITIVE_INFINITY };
  const found = improvementWithinLimits(evidence, values);
  const { objective, limits, chances, best } = found;
  return {
    ...found,
    ...groundsOf(evidence, objective),
    explain: (x, score) => {
      const { mean, sd } = predictTogether(objective, x);
      const logExpectedImprovement = score + Math.log(scale);
      const isKnown = best !== undefined;
      return {
        kind: isKnown && mean < best ? 'exploit' : 'explore',
        expectedImprovement: isKnown ? Math.exp(logExpectedImprovement) : null,
        logExpectedImprovement: isKnown ? logExpectedImprovement : null,
        predicted: { mean: inOwnUnits(mean), sd: scale * sd },
        incumbent: isKnown ? inOwnUnits(best) : null,
        ...{ observed: telling.length, pending: evidence.pending.length, pendingRule: 'kriging believer' },
        ...{ chanceFeasible: chanceToKeep(chances, x), outcomes: predictedOutcomes(limits, x) },
      };
    },
  };
}

/** Share of the sum in the augmented Chebyshev scalarisation. */
const AUGMENTATION = 0.05;

/**
 * Three objectives and more: another random direction for each suggestion, in which the worst weighted loss (and a little of their sum) is to be
 * improved (Knowles 2006, ParEGO: augmented Chebyshev). Exact expected hypervolume costs too much from here on; this reaches every part of the
 * front, convex or not.
 */
export function aimInDirection(evidence: Evidence): Aim {
  const { telling, points, seed, history, policy } = evidence;
  const references = referenceLosses(policy);
  const each = policy.objectives!.map((objective, k) =>
    objectiveValues(telling, objective, references[k], k === 0),
  );
  const weights = directionOf(each.length, new RandomStream(seed, `direction/${history.length}`));
  const found = improvementWithinLimits(evidence, scalarised(each, weights));
  const models = each.map((values) => modelOf(points, values, seed, history.length));
  return {
    ...groundsOf(evidence, models[0]!),
    target: found.target,
    centres: centresOf(evidence, models, found.limits),
    explain: (x) => ({
      ...frontFacts(evidence, models, found.limits, x),
      ...{ rule: 'augmented Chebyshev', expectedHypervolumeGain: null, logExpectedHypervolumeGain: null },
      weights: Object.fromEntries(each.map(({ name }, k) => [name, weights[k]!])),
      ...(found.limits.length > 0 && { chanceFeasible: chanceToKeep(found.chances, x) }),
    }),
  };
}

/** Evenly distributed over the simplex. */
function directionOf(count: number, stream: RandomStream): number[] {
  const draws = Array.from({ length: count }, () => -Math.log(1 - stream.next()));
  const sum = draws.reduce((a, b) => a + b, 0);
  return draws.map((draw) => draw / sum);
}

/** Each objective runs from 0 at the best seen to 1 at the reference. */
function scalarised(each: readonly OutcomeValues[], weights: readonly number[]): OutcomeValues {
  const ideal = each.map(({ y }) => Math.min(...y));
  const losses = Array.from(each[0]!.y, (_, i) => {
    const weighted = each.map(({ y, bound }, k) => {
      const range = bound - ideal[k]!;
      return (weights[k]! * (y[i]! - ideal[k]!)) / (range > 0 ? range : 1);
    });
    return Math.max(...weighted) + AUGMENTATION * weighted.reduce((sum, w) => sum + w, 0);
  });
  const told = losses.map((value) => ({ params: {}, state: 'finished' as const, value }));
  const { y, scale, offset } = observationsOf(told, 'minimize');
  const inOwnUnits = (standardised: number) => offset + scale * standardised;
  return { name: 'direction', y, scale, inOwnUnits, bound: Number.POSITIVE_INFINITY };
}

/** The search of one value under limits. `best`: what is to be improved on, averaged; undefined while nothing keeps the limits. */
function improvementWithinLimits(evidence: Evidence, values: OutcomeValues) {
  const { telling, points, seed, history, policy, pending } = evidence;
  const objective = modelOf(points, values, seed, history.length);
  const limits = (policy.outcomeConstraints ?? []).map((constraint) =>
    modelOf(points, constraintValues(telling, constraint), seed, history.length),
  );
  const combined = combinationsOf([objective, ...limits]);
  const chances = combined.map(([, ...gps]) => chanceOf(limits, gps, pending));
  const shared = (parts: Acquisition[]) =>
    mixtureOf(parts.map((part) => ({ share: 1 / parts.length, part })));
  if (evidence.feasible.length === 0) {
    return {
      ...{ objective, limits, chances, best: undefined, target: shared(chances) },
      centres: closest(evidence, limits),
    };
  }
  const leaders = combined.map(([gp]) => leaderOf(gp!, evidence.feasible));
  const parts = combined.map(([gp], k) => productOf([improvement(gp!, leaders[k]!, pending), chances[k]!]));
  const best = leaders.reduce((sum, leader) => sum + leader.mean / leaders.length, 0);
  return {
    ...{ objective, limits, chances, best, target: shared(parts) },
    centres: bestRows(evidence, combined[0]![0]!),
  };
}

function chanceOf(
  limits: readonly OutcomeModel[],
  gps: readonly GaussianProcess[],
  pending: readonly Float64Array[],
): Acquisition {
  return productOf(limits.map(({ values }, k) => chanceBelow(believe(gps[k]!, pending), values.bound)));
}

interface Leader {
  row: number;
  mean: number;
}

/** The lowest posterior mean of the rows that keep the limits. */
function leaderOf(gp: GaussianProcess, feasible: readonly number[]): Leader {
  const means = fittedMeans(gp);
  const row = feasible.reduce((a, b) => (means[b]! < means[a]! ? b : a));
  return { row, mean: means[row]! };
}

function improvement(gp: GaussianProcess, leader: Leader, pending: readonly Float64Array[]): Acquisition {
  const believed = believe(gp, pending);
  return improvementOf(believed, leader.mean, anchorAt(believed, pointAt(gp.points, leader.row)));
}

function bestRows({ feasible, points }: Evidence, gp: GaussianProcess): Float64Array[] {
  const means = fittedMeans(gp);
  const order = [...feasible].sort((a, b) => means[a]! - means[b]!);
  return order.slice(0, CENTRES).map((row) => pointAt(points, row));
}

function closest(evidence: Evidence, limits: readonly OutcomeModel[]): Float64Array[] {
  const rows = nearlyFeasible(
    evidence,
    limits.map(({ values }) => values),
  );
  return rows.slice(0, CENTRES).map((row) => pointAt(evidence.points, row));
}
