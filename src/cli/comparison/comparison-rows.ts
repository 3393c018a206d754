import { type MeanDeviation, meanDeviation } from '../../analysis/mean-deviation.js';
import type { Entrant } from './entrants.js';
import type { Measurement } from './measurement.js';

/** One method over its seeds, at the learning rate that was best for it. */
export interface ComparisonRow extends Entrant {
  runIds: string[];
  /** how many of the seeds finished */
  finished: number;
  seeds: number;
  /** learning rates that were tried for this method */
  ratesTried: number;
  /** why the first one that did not finish did not; null if all did */
  problem: string | null;
  trainableParameters: number | null;
  /** parameters of the base for each that is trained */
  reduction: number | null;
  checkpointBytes: number | null;
  peakMemoryBytes: MeanDeviation | null;
  seconds: MeanDeviation | null;
  tokensPerSecond: MeanDeviation | null;
  validation: MeanDeviation | null;
  inDomain: MeanDeviation | null;
  outOfDomain: MeanDeviation | null;
  /** change of the base's own capability: above 0 is forgotten */
  baseCapabilityChange: MeanDeviation | null;
}

/** @param tried runs of one method, by rate. @returns the row of the rate with the lowest validation loss, or of the only one */
export function rowOf(tried: { entrant: Entrant; runs: Measurement[] }[]): ComparisonRow {
  const rows = tried.map(({ entrant, runs }) => summary(entrant, runs, tried.length));
  const score = ({ validation, finished }: ComparisonRow) =>
    finished === 0 ? Number.POSITIVE_INFINITY : (validation?.mean ?? 0);
  return rows.reduce((best, row) => (score(row) < score(best) ? row : best));
}

function summary(entrant: Entrant, runs: Measurement[], ratesTried: number): ComparisonRow {
  const finished = runs.filter(({ outcome }) => outcome === 'finished');
  const over = (value: (run: Measurement) => number | null | undefined) =>
    meanDeviation(finished.map(value).filter((one): one is number => one !== null && one !== undefined));
  const [first] = finished;
  const trained = first?.trainableParameters ?? null;
  const base = baseParameters(entrant, first);
  const failed = runs.find(({ outcome }) => outcome !== 'finished');
  return {
    ...entrant,
    runIds: runs.flatMap(({ runId }) => (runId === null ? [] : [runId])),
    ...{ finished: finished.length, seeds: runs.length, ratesTried },
    problem: failed ? `${failed.outcome}: ${failed.reason ?? 'no reason is known'}` : null,
    trainableParameters: trained,
    reduction: trained !== null && base !== null ? base / trained : null,
    checkpointBytes: first?.checkpointBytes ?? null,
    peakMemoryBytes: over((run) => run.peakMemoryBytes),
    seconds: over((run) => run.seconds),
    tokensPerSecond: over((run) => run.tokensPerSecond),
    validation: over((run) => run.validationLoss),
    inDomain: over((run) => run.losses.in_domain?.loss),
    outOfDomain: over((run) => run.losses.out_of_domain?.loss),
    baseCapabilityChange: over(({ losses: { base_capability: now } }) => now && now.loss - now.baseLoss),
  };
}

/** The adapter's own do not count. */
function baseParameters({ method }: Entrant, run: Measurement | undefined): number | null {
  if (run?.totalParameters == null || run.trainableParameters === null) return null;
  return method === 'full' ? run.totalParameters : run.totalParameters - run.trainableParameters;
}
