import type { Goal } from '../core/metric-value.js';
import type { Parameters } from '../core/search-space.js';
import type { TrialRecord } from './sampler.js';

/**
 * What a model may learn from a history: standardised values to minimise, one per trial that says something.
 *
 * Diverged trials take the worst finite value: dropping them lets the model come back to the cliff, a huge number flattens everything else.
 * The bad side is cut at the median plus twice the spread of the good half, for the same reason.
 */
export interface Observations {
  /** of the trials in the history */
  indices: number[];
  params: Parameters[];
  /** standardised, smaller is better */
  y: Float64Array;
  /** standardised variances of the values that are predictions; undefined: all were seen */
  extra: Float64Array | undefined;
  /** how many of them are finite values of the objective, not imputed */
  finite: number;
  /** objective = sign·(offset + scale·y) */
  sign: 1 | -1;
  offset: number;
  scale: number;
}

/** @param keptUpTo losses up to here are not cut: on a front a value that is bad in one objective may be the best in another */
export function observationsOf(
  history: readonly TrialRecord[],
  goal: Goal,
  keptUpTo = Number.NEGATIVE_INFINITY,
): Observations {
  const sign = goal === 'minimize' ? 1 : -1;
  const indices = history.flatMap((trial, i) => (isTold(trial) ? [i] : []));
  const told = indices.map((i) => history[i]!);
  const losses = told.map((trial) => (hasValue(trial) ? bounded(sign * trial.value) : undefined));
  const known = losses.filter((loss) => loss !== undefined);
  const worst = worstOf(known);
  const cut = cutBadSide(
    losses.map((loss) => loss ?? worst),
    keptUpTo,
  );
  const { y, offset, scale } = standardise(cut);
  const extra = extraOf(told, scale);
  const params = told.map((trial) => trial.params);
  return { indices, params, y, extra, finite: known.length, sign, offset, scale };
}

function extraOf(told: readonly TrialRecord[], scale: number): Float64Array | undefined {
  if (!told.some((trial) => trial.variance)) return undefined;
  return Float64Array.from(told, (trial) => Math.min((trial.variance ?? 0) / scale / scale, MOST_UNSURE));
}

/** A value that is this unsure, in variances of all values, says nothing. */
const MOST_UNSURE = 100;

function isTold(trial: TrialRecord): boolean {
  return (
    trial.state === 'diverged' || trial.state === 'finished' || (trial.state === 'stopped' && hasValue(trial))
  );
}

function hasValue(trial: TrialRecord): trial is TrialRecord & { value: number } {
  return trial.state !== 'diverged' && trial.value !== undefined && Number.isFinite(trial.value);
}

/** Squares of larger numbers overflow. */
function bounded(value: number): number {
  return Math.min(1e150, Math.max(-1e150, value));
}

/** If all values are equal, a diverged trial is still worse than them. */
function worstOf(known: number[]): number {
  if (known.length === 0) return 1;
  const worst = Math.max(...known);
  return worst > Math.min(...known) ? worst : worst + Math.max(1e-3, 0.1 * Math.abs(worst));
}

function cutBadSide(losses: number[], keptUpTo: number): number[] {
  const middle = median(losses);
  const good = losses.filter((loss) => loss < middle);
  if (good.length === 0) return losses;
  const largest = Math.max(...good.map((loss) => middle - loss));
  const spread = largest * Math.sqrt(mean(good.map((loss) => ((middle - loss) / largest) ** 2)));
  return losses.map((loss) => Math.min(loss, Math.max(middle + 2 * spread, keptUpTo)));
}

function standardise(losses: number[]): { y: Float64Array; offset: number; scale: number } {
  if (losses.length === 0) return { y: new Float64Array(0), offset: 0, scale: 1 };
  const offset = mean(losses);
  const largest = Math.max(...losses.map((loss) => Math.abs(loss - offset)));
  const spread =
    largest === 0 ? 0 : largest * Math.sqrt(mean(losses.map((loss) => ((loss - offset) / largest) ** 2)));
  const scale = spread > 1e-12 * Math.abs(offset) ? spread : 1;
  return {
    y: Float64Array.from(losses, (loss) => (spread === 0 ? 0 : (loss - offset) / scale)),
    offset,
    scale,
  };
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)]! : sorted[half - 1]! / 2 + sorted[half]! / 2;
}

/**
 * At most so many of the observations: the best half of that number, and evenly picked ones of the rest, in order. A process on a
 * thousand points would cost seconds, and the far corners that it would know better are not where the next trial goes.
 */
export function mostTelling(observations: Observations, most: number): Observations {
  const { y } = observations;
  if (y.length <= most) return observations;
  const order = Array.from(y.keys()).sort((a, b) => y[a]! - y[b]!);
  const good = order.slice(0, Math.floor(most / 2));
  const rest = order.slice(good.length).sort((a, b) => a - b);
  const wanted = most - good.length;
  const some = Array.from(
    { length: wanted },
    (_, i) => rest[Math.floor(((i + 0.5) * rest.length) / wanted)]!,
  );
  const rows = [...good, ...some].sort((a, b) => a - b);
  return {
    ...observations,
    indices: rows.map((i) => observations.indices[i]!),
    params: rows.map((i) => observations.params[i]!),
    y: Float64Array.from(rows, (i) => y[i]!),
    extra: observations.extra && Float64Array.from(rows, (i) => observations.extra![i]!),
  };
}

/** As many observations as a model is built on. */
export const MODELLED = 400;
