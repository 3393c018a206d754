import { formatBytes } from '../../core/byte-size.js';
import { type Goal, metricFromJson } from '../../core/metric-value.js';
import { pooledDeviation } from '../../core/pooled-deviation.js';
import type { RankBudget } from '../../core/rank-budget.js';
import type { SweepConfig } from '../../core/sweep-config.js';
import { type RankResult, type RankStage, rankResults, rankStage } from '../../search/rank-budget.js';
import { configurationsOf } from '../../search/replicates.js';
import type { TrialRecord } from '../../search/sampler.js';
import { formatNumber, formatSeconds } from './number-format.js';
import { textTable } from './text-table.js';
import type { SweepProgress, TrialRow } from './trial-table.js';

/** What each doubling of the rank bought and cost, and which is the smallest that will do. Nothing for a sweep without a rank budget. */
export function rankReport({ config, trials }: SweepProgress): string[] {
  const { rank: budget, metric } = config as SweepConfig;
  if (budget === undefined || metric === null) return [];
  const history = trials.map(recordOf);
  const results = rankResults(history, budget, metric);
  if (results.length === 0) return [];
  const stage = rankStage(history, budget, metric);
  const spread = pooledDeviation(configurationsOf(history, metric).map(({ values }) => values));
  const header = ['rank', 'tried', metric.name, 'n', 'better by', '± 2 s.e.', 'trainable', 'memory', 'time'];
  const rows = results.map((result) => rowOf(result, stage, metric.goal, costsOf(result, trials)));
  const noise = spread === null ? '' : ` (deviation between seeds ${formatNumber(spread)})`;
  const title = `Rank as a budget: the best configuration of each rank${noise}`;
  return [[title, textTable(header, rows), verdictOf(results, stage, budget)].join('\n')];
}

function recordOf({ parameters, state, objective }: TrialRow): TrialRecord {
  const value = metricFromJson(objective);
  const params = parameters as TrialRecord['params'];
  return { params, state, ...(value !== undefined && { value }) };
}

interface Costs {
  trainable: unknown;
  bytes: unknown;
  seconds: number | null;
}

/** Of the best configuration's first trial. */
function costsOf({ best }: RankResult, trials: readonly TrialRow[]): Costs {
  const run = trials[best.trial - 1]?.run;
  const facts = (run?.summary?.facts ?? {}) as Record<string, unknown>;
  const seconds = run?.endedAt ? (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000 : null;
  return { trainable: facts.trainableParameters, bytes: facts.peakMemoryBytes, seconds };
}

function rowOf({ rank, tried, best }: RankResult, { steps }: RankStage, goal: Goal, costs: Costs): string[] {
  const step = steps.find(({ to }) => to === rank);
  const isCompared = step !== undefined && Number.isFinite(step.gain);
  const noise = isCompared && step.standardError !== null ? 2 * step.standardError : null;
  return [
    ...[String(rank), String(tried), formatNumber(goal === 'minimize' ? best.mean : -best.mean)],
    String(best.values.length),
    isCompared ? formatNumber(step.gain) : '–',
    noise === null ? '–' : formatNumber(noise),
    formatNumber(costs.trainable),
    typeof costs.bytes === 'number' ? formatBytes(costs.bytes) : '–',
    costs.seconds === null ? '–' : formatSeconds(costs.seconds),
  ];
}

function verdictOf(
  results: readonly RankResult[],
  { kind, rank }: RankStage,
  { ladder }: RankBudget,
): string {
  const smallest = results.find(({ isAsGood }) => isAsGood);
  const good =
    smallest === undefined
      ? 'No configuration was repeated: nothing can be said of the noise.'
      : `The smallest rank that is not distinguishable from the best: ${smallest.rank}.`;
  if (kind !== 'settled') return `${good} Rank ${rank} was still being tried.`;
  const next = ladder[ladder.indexOf(rank) + 1];
  return next === undefined
    ? `${good} Every rank of the ladder was better than the one below.`
    : `${good} Rank ${next} was no better than ${rank} beyond the noise: it was not raised further.`;
}
