import { RandomStream } from '../core/random.js';
import { type Belief, fitBeliefs } from './beliefs.js';
import { type GaussianProcess, type Prediction, predict } from './gaussian-process.js';
import type { Points } from './kernel.js';
import type { OutcomeValues } from './outcome-observations.js';

/** One outcome with the processes that are believed of it. */
export interface OutcomeModel {
  values: OutcomeValues;
  beliefs: Belief[];
}

export function modelOf(points: Points, values: OutcomeValues, seed: number, trials: number): OutcomeModel {
  const stream = new RandomStream(seed, `beliefs/${trials}/${values.name}`);
  const own = values.extra === undefined ? points : { ...points, extra: values.extra };
  return { values, beliefs: fitBeliefs(own, values.y, stream) };
}

/** So many combinations of one process per outcome are asked: each costs as much as all outcomes together. */
const COMBINATIONS = 4;

/**
 * One process per outcome, several times: the outcomes' hyperparameters are independent, so each is taken at evenly spaced places of its own
 * shares.
 */
export function combinationsOf(models: readonly OutcomeModel[]): GaussianProcess[][] {
  const count = models.every(({ beliefs }) => beliefs.length === 1) ? 1 : COMBINATIONS;
  return Array.from({ length: count }, (_, k) =>
    models.map(({ beliefs }) => beliefAt(beliefs, (k + 0.5) / count)),
  );
}

function beliefAt(beliefs: readonly Belief[], place: number): GaussianProcess {
  let passed = 0;
  const found = beliefs.find(({ share }) => {
    passed += share;
    return place < passed;
  });
  return (found ?? beliefs.at(-1)!).gp;
}

/** Mean and deviation of what an outcome's processes predict together. */
export function predictTogether({ beliefs }: Pick<OutcomeModel, 'beliefs'>, x: Float64Array): Prediction {
  const predictions = beliefs.map(({ gp, share }) => ({ share, ...predict(gp, x) }));
  const mean = predictions.reduce((sum, p) => sum + p.share * p.mean, 0);
  const variance = predictions.reduce((sum, p) => sum + p.share * (p.sd ** 2 + (p.mean - mean) ** 2), 0);
  return { mean, sd: Math.sqrt(variance) };
}
