import { isMeasured } from '../core/measured-metric.js';
import { firstLossOf, isNoise, type NoiseEvidence } from './kernel-noise.js';
import { FEWEST_REPLICATES, isInBand, SEED_LEVEL, seedBand } from './seed-variance.js';
import { type NamedSeries, relativeDifference } from './series-differences.js';

/** Where a run that is still going is no longer what it repeats. Plain values: NaN stays NaN. */
export interface Departure {
  step: number;
  metric: string;
  /** null: the original has no such point */
  original: number | null;
  reproduction: number;
}

export type Bound = 'identical' | 'kernel_noise' | 'seed_variance';

interface Point {
  metric: string;
  step: number;
  value: number;
}

/** @returns null: the value may stand there */
type Judge = (departure: Departure) => boolean;

/**
 * Compares a run with its original point by point. A bound without evidence (no probe, too few replicates) cannot be left: `why` says so,
 * and only what differs for certain, a point that the original does not have, departs.
 */
export class LiveComparison {
  /** compared so far */
  points = 0;
  /** why the bound that was asked for cannot be applied */
  readonly why: string | null;
  private readonly expected = new Map<string, Map<number, number>>();
  private readonly isWithin: Judge;

  constructor(
    private readonly original: readonly NamedSeries[],
    bound: Bound,
    noise: NoiseEvidence,
    replicates: readonly NamedSeries[][],
  ) {
    for (const series of original) this.expected.set(series.name, byStep(series));
    const [judge, why] = this.judgeFor(bound, noise, replicates);
    this.isWithin = judge;
    this.why = why;
  }

  /** @returns the first of these points that left the bound */
  see(points: readonly Point[]): Departure | null {
    for (const { metric, step, value } of points) {
      if (isMeasured(metric) || !this.expected.has(metric)) continue;
      this.points += 1;
      const original = this.expected.get(metric)?.get(step) ?? null;
      const departure = { step, metric, original, reproduction: value };
      if (original === null || !this.isWithin(departure)) return departure;
    }
    return null;
  }

  private judgeFor(
    bound: Bound,
    noise: NoiseEvidence,
    replicates: readonly NamedSeries[][],
  ): [Judge, string | null] {
    if (bound === 'identical') return [isEqual, null];
    if (bound === 'seed_variance') return this.seedJudge(replicates);
    if ('why' in noise) return [() => true, noise.why];
    const firstLoss = firstLossOf(this.original);
    return [(departure) => isNoise(noise.bounds, departure, firstLoss), null];
  }

  /** Each point in the band of its step: at SEED_LEVEL for all points together, so that a long run does not leave it by chance. */
  private seedJudge(replicates: readonly NamedSeries[][]): [Judge, string | null] {
    if (replicates.length < FEWEST_REPLICATES)
      return [
        () => true,
        `${replicates.length} replicates with other seeds, and it takes ${FEWEST_REPLICATES}`,
      ];
    const others = replicates.map((run) => new Map(run.map((series) => [series.name, byStep(series)])));
    const count = this.original.reduce((sum, { values }) => sum + values.length, 0);
    const judge: Judge = ({ metric, step, original, reproduction }) => {
      const values = [original, ...others.map((run) => run.get(metric)?.get(step))];
      const known = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
      if (known.length <= FEWEST_REPLICATES) return true;
      return isInBand(seedBand(known, SEED_LEVEL / count), original ?? Number.NaN, reproduction);
    };
    return [judge, null];
  }
}

const isEqual: Judge = ({ original, reproduction }) => relativeDifference(original, reproduction) === 0;

/** A metric may be logged twice at a step: the last counts. */
function byStep({ steps, values }: NamedSeries): Map<number, number> {
  return new Map(Array.from(steps, (step, i) => [step, values[i]!]));
}
