import { rankPlateau } from '../../src/analysis/rank-plateau.js';
import { metricFromJson } from '../../src/core/metric-value.js';
import type { SweepSearchQuery } from '../api/operations.generated.js';
import type { CurveEnd } from '../charts/curve-data.js';
import { kindOf } from '../charts/dimensions.js';
import type { EvaluatedRun, EvaluationSet } from '../charts/evaluation-heatmap.js';
import type { RankedRun } from '../charts/rank-plateau-chart.js';
import type { SearchPath } from '../charts/regret-against-cost.js';
import type { SliceModelPoint, SlicePlotOptions, SlicePoint } from '../charts/slice-plot.js';
import type { RungDecision } from '../charts/stopping-rungs.js';
import type { WorkedRun } from '../charts/worker-timeline.js';
import { ROLE_NAMES } from '../format/evaluations.js';
import { recordOf } from '../format/json.js';
import {
  markOf,
  objectiveOf,
  objectiveValue,
  parameterScale,
  type SweepDetails,
  type TrialDetails,
} from './sweep-data.js';

export type SearchDetails = NonNullable<SweepSearchQuery['sweep']>;
type ModelSlice = SearchDetails['slices'][number];

export interface SliceData {
  parameter: string;
  kind: SlicePlotOptions['xKind'];
  trials: SlicePoint[];
  model: SliceModelPoint[];
  heldAtTrial: number | null;
}

/** One slice a parameter, with the trials that have ended; the model's part is empty where it knows too little. */
export function slicesOf(sweep: SweepDetails, names: string[], slices: readonly ModelSlice[]): SliceData[] {
  return names.map((parameter) => {
    const slice = slices.find((one) => one.parameter === parameter);
    const trials = sweep.trials.filter(({ endedAt }) => endedAt !== null);
    const points = trials.map((trial) => slicePoint(trial, parameter, slice?.heldAtTrial ?? null));
    const model =
      (slice?.values as unknown[] | undefined)?.map((value, i) => modelPoint(slice!, value, i)) ?? [];
    const isOrdinal = [...points, ...model].some(({ x }) => typeof x === 'string');
    const kind = isOrdinal
      ? 'ordinal'
      : (parameterScale(sweep, parameter) ?? kindOf(points.map(({ x }) => x)));
    return { parameter, kind, trials: points, model, heldAtTrial: slice?.heldAtTrial ?? null };
  });
}

function coordinate(value: unknown): number | string | undefined {
  return value === undefined || typeof value === 'number' || typeof value === 'string'
    ? value
    : JSON.stringify(value);
}

function slicePoint(trial: TrialDetails, parameter: string, heldAtTrial: number | null): SlicePoint {
  return {
    ...{ runId: markOf(trial), label: `trial ${trial.number}, ${trial.state}` },
    ...{ x: coordinate(recordOf(trial.parameters)[parameter]), y: objectiveValue(trial) },
    isBest: trial.number === heldAtTrial,
  };
}

function modelPoint({ means, lows, highs }: ModelSlice, value: unknown, i: number): SliceModelPoint {
  const [mean, low, high] = [means[i], lows[i], highs[i]].map((one) => metricFromJson(one) ?? Number.NaN);
  return { x: coordinate(value)!, mean: mean!, low: low!, high: high! };
}

/** The sweep's trials in the order in which they ended, each with the seconds that it ran. Stopped and diverged ones cost, and are no result. */
export function searchPathOf(sweep: SweepDetails): SearchPath {
  const ended = sweep.trials
    .filter(({ run }) => run?.endedAt)
    .sort((a, b) => Date.parse(a.run!.endedAt!) - Date.parse(b.run!.endedAt!));
  const trials = ended.map((trial) => ({
    ...{ runId: markOf(trial), label: `trial ${trial.number}` },
    cost: (Date.parse(trial.run!.endedAt!) - Date.parse(trial.run!.startedAt)) / 1000,
    value: trial.state === 'finished' ? objectiveValue(trial) : undefined,
  }));
  return { searchId: sweep.id, label: sweep.name, trials };
}

export function rungsOf(sweep: SweepDetails, { trials = [] }: Pick<SearchDetails, 'trials'>): RungDecision[] {
  const known = new Map(sweep.trials.map((trial) => [trial.number, trial]));
  return (trials ?? []).flatMap(({ number, stopDecisions }) =>
    stopDecisions.map(({ step, value, threshold, stop, peers, why }) => ({
      ...{ runId: markOf(known.get(number) ?? sweep.trials[0]!), label: `trial ${number}`, step },
      value: metricFromJson(value) ?? Number.NaN,
      ...(threshold !== null && { threshold: metricFromJson(threshold) }),
      ...{ isStop: stop, peers, why },
    })),
  );
}

/** The parameter that is the adapter's rank, where the sweep varies it. */
export function rankParameter(names: readonly string[]): string | undefined {
  return (
    names.find((name) => name === 'lora.rank') ?? names.find((name) => /(^|[._])(r|rank|lora_r)$/.test(name))
  );
}

/**
 * Quality by rank: at each rank the configuration with the best mean over its seeds is compared, the other runs stand faint beside it. Losses:
 * smaller is better, so an objective to maximise counts with the other sign.
 */
export function ranksOf(sweep: SweepDetails, parameter: string) {
  const sign = objectiveOf(sweep).goal === 'minimize' ? 1 : -1;
  const finished = sweep.trials.filter(
    (trial) => trial.state === 'finished' && objectiveValue(trial) !== undefined,
  );
  const best = new Map<number, { losses: number[]; trials: TrialDetails[] }>();
  for (const trials of configurationsOf(finished)) {
    const rank = Number(recordOf(trials[0]!.parameters)[parameter]);
    const losses = trials.map((trial) => sign * objectiveValue(trial)!).filter(Number.isFinite);
    const held = best.get(rank);
    if (Number.isFinite(rank) && losses.length > 0 && (!held || mean(losses) < mean(held.losses)))
      best.set(rank, { losses, trials });
  }
  const compared = new Set([...best.values()].flatMap(({ trials }) => trials.map(({ id }) => id)));
  const runs = finished.flatMap((trial): RankedRun[] => {
    const rank = Number(recordOf(trial.parameters)[parameter]);
    if (!Number.isFinite(rank)) return [];
    const loss = sign * objectiveValue(trial)!;
    return [
      {
        runId: markOf(trial),
        label: `trial ${trial.number}`,
        rank,
        loss,
        isCompared: compared.has(trial.id),
      },
    ];
  });
  return { plateau: rankPlateau([...best].map(([rank, { losses }]) => ({ rank, losses }))), runs };
}

/** So many configurations are told apart in one chart. */
const GROUPS = 5;

/** The best configurations that were run with several seeds, best first. */
export function seedGroupsOf(sweep: SweepDetails): { groupId: string; label: string; runIds: string[] }[] {
  const sign = objectiveOf(sweep).goal === 'minimize' ? 1 : -1;
  const lossOf = (trials: TrialDetails[]) => {
    const losses = trials
      .map((trial) => sign * (objectiveValue(trial) ?? Number.NaN))
      .filter(Number.isFinite);
    return losses.length === 0 ? Number.POSITIVE_INFINITY : mean(losses);
  };
  return configurationsOf(sweep.trials.filter(({ run }) => run !== null))
    .filter((trials) => trials.length > 1)
    .sort((a, b) => lossOf(a) - lossOf(b))
    .slice(0, GROUPS)
    .map((trials) => ({
      ...{ groupId: markOf(trials[0]!), label: `trial ${trials[0]!.number}` },
      runIds: trials.map(({ run }) => run!.id),
    }));
}

/** Trials with the same parameters. */
function configurationsOf(trials: readonly TrialDetails[]): TrialDetails[][] {
  const found = new Map<string, TrialDetails[]>();
  for (const trial of trials) {
    const key = JSON.stringify(Object.entries(recordOf(trial.parameters)).sort());
    found.set(key, [...(found.get(key) ?? []), trial]);
  }
  return [...found.values()];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Every trial that was evaluated on the sets that any of them was evaluated on. */
export function evaluatedOf(sweep: SweepDetails): { runs: EvaluatedRun[]; sets: EvaluationSet[] } {
  const sets = new Map<string, EvaluationSet>();
  const runs = sweep.trials.flatMap(({ number, run }): EvaluatedRun[] => {
    if (!run || run.evaluations.length === 0) return [];
    const values = run.evaluations.map((one) => {
      const key = `${one.role}/${one.name}`;
      const base = metricFromJson(one.baseLoss);
      const label =
        one.name === one.role
          ? (ROLE_NAMES[one.role] ?? one.name)
          : `${one.name} (${ROLE_NAMES[one.role] ?? one.role})`;
      if (!sets.has(key))
        sets.set(key, { key, label, goal: 'minimize', ...(base !== undefined && { base }) });
      return [key, metricFromJson(one.loss)] as const;
    });
    return [{ runId: run.id, label: `trial ${number}`, values: Object.fromEntries(values) }];
  });
  return { runs, sets: [...sets.values()] };
}

/** The latest run of each trial on the worker that made it. */
export function workedOf(sweep: SweepDetails, names: ReadonlyMap<string, string>): WorkedRun[] {
  return sweep.trials.flatMap(({ number, run }): WorkedRun[] => {
    if (!run?.workerId) return [];
    return [
      {
        ...{
          runId: run.id,
          label: `trial ${number}`,
          worker: names.get(run.workerId) ?? run.workerId.slice(0, 12),
        },
        startedAt: Date.parse(run.startedAt),
        ...(run.endedAt && { endedAt: Date.parse(run.endedAt) }),
        end: run.state as CurveEnd,
      },
    ];
  });
}
