import { BOUNDS, PRIOR } from './hyperparameters.js';
import { type Points, pairDifferences, pairSlopes, pointAt } from './kernel.js';
import { minimiseInBox } from './lbfgs.js';
import { classify, evidenceGradient, type SurvivalHyperparameters, type SurvivalModel } from './survival.js';

/**
 * φ  ln θ (d of them), ln s², μ      the other letters as in survival.ts
 *
 * The prior mean of the latent function is well above 0: what nothing is known of is worth a look. The signal is large: a cliff is
 * a cliff, hardly ever does the same point diverge once and survive another time.
 */
const SIGNAL = { mean: Math.log(9), sd: 0.7 };
const MEAN = { mean: 2, sd: 1 };
/** No more points than these: the cliff is where the two kinds meet, and each more costs at every look. */
const MOST = 40;
const ITERATIONS = 8;

/**
 * The model of which trials diverge; undefined where none did or all did.
 * @param survived per point   @param theta relevances of a process for the values: where the search for ours begins
 */
export function fitSurvival(
  points: Points,
  survived: readonly boolean[],
  theta: Float64Array,
): SurvivalModel | undefined {
  if (!survived.includes(true) || !survived.includes(false)) return undefined;
  const some = telling(points, survived);
  const differences = pairDifferences(some.points);
  const d = points.kinds.length;
  const evaluate = (phi: Float64Array) => {
    const hyper = hyperparametersOf(phi);
    const slopes = pairSlopes(differences, hyper.theta);
    const model = classify(some.points, some.y, hyper, slopes.M);
    const prior = logPrior(phi, d);
    const gradient = evidenceGradient(model, differences, slopes).map((g, k) => -g - prior.gradient[k]!);
    return { value: -model.logEvidence - prior.value, gradient };
  };
  const start = Float64Array.from([...theta.map((t) => Math.log(t)), SIGNAL.mean, MEAN.mean]);
  const found = minimiseInBox({ ...bounds(d), evaluate }, start, {
    maxIterations: ITERATIONS,
    tolerance: 1e-2,
  });
  return classify(some.points, some.y, hyperparametersOf(found.x));
}

function hyperparametersOf(phi: Float64Array): SurvivalHyperparameters {
  const d = phi.length - 2;
  return { theta: phi.slice(0, d).map(Math.exp), signal: Math.exp(phi[d]!), mean: phi[d + 1]! };
}

function logPrior(phi: Float64Array, d: number): { value: number; gradient: Float64Array } {
  const scale = PRIOR.lengthScale(d);
  const lnTheta = { mean: -2 * scale.mean, sd: 2 * scale.sd };
  const priors = [...Array.from({ length: d }, () => lnTheta), SIGNAL, MEAN];
  const z = phi.map((v, k) => (v - priors[k]!.mean) / priors[k]!.sd);
  return {
    value: -0.5 * z.reduce((sum, v) => sum + v * v, 0),
    gradient: z.map((v, k) => -v / priors[k]!.sd),
  };
}

function bounds(d: number): { lower: Float64Array; upper: Float64Array } {
  const theta = Array.from({ length: d }, () => BOUNDS.theta);
  const all = [...theta, [Math.log(1), Math.log(100)], [-1, 5]] as const;
  return { lower: Float64Array.from(all, (b) => b[0]), upper: Float64Array.from(all, (b) => b[1]) };
}

/** All where there are few; else evenly picked ones, as many of each kind as there are, up to half. */
function telling(points: Points, survived: readonly boolean[]): { points: Points; y: Float64Array } {
  const rows = picked(survived);
  const X = Float64Array.from(rows.flatMap((i) => [...pointAt(points, i)]));
  return {
    points: { ...points, X, n: rows.length },
    y: Float64Array.from(rows, (i) => (survived[i] ? 1 : -1)),
  };
}

function picked(survived: readonly boolean[]): number[] {
  const all = [...survived.keys()];
  if (all.length <= MOST) return all;
  const lost = all.filter((i) => !survived[i]);
  const kept = all.filter((i) => survived[i]);
  const few = Math.min(lost.length, kept.length, MOST / 2);
  const [most, fewest] = lost.length > kept.length ? [lost, kept] : [kept, lost];
  return [...evenly(fewest, few), ...evenly(most, MOST - few)].sort((a, b) => a - b);
}

function evenly(rows: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, i) => rows[Math.floor(((i + 0.5) * rows.length) / count)]!);
}
