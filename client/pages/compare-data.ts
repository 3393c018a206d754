import { isMeasured } from '../../src/core/measured-metric.js';
import { metricFromJson } from '../../src/core/metric-value.js';
import type { CompareRunsQuery } from '../api/operations.generated.js';
import type { EvaluatedRun, EvaluationSet } from '../charts/evaluation-heatmap.js';
import { ROLE_NAMES } from '../format/evaluations.js';

export type Comparison = CompareRunsQuery['compareRuns'];
export type ComparedRun = Comparison['runs'][number];
type Evaluation = ComparedRun['evaluations'][number];
interface Score {
  score: string;
  goal: 'minimize' | 'maximize';
  value: unknown;
  baseValue?: unknown;
}

/** What may be shared of a comparison: it is in the address. */
export interface CompareState {
  ids: string[];
  /** the run that the others are held against; null: the first */
  baseline: string;
  showsAll: boolean;
  find: string;
}

export function compareStateOf(parameters: URLSearchParams): CompareState {
  const ids = (parameters.get('runs') ?? '').split(',').filter((id) => id !== '');
  const baseline = parameters.get('baseline') ?? '';
  return {
    ids: [...new Set(ids)],
    baseline: ids.includes(baseline) ? baseline : (ids[0] ?? ''),
    showsAll: parameters.get('show') === 'all',
    find: parameters.get('find') ?? '',
  };
}

/** One score on one set, of any of the runs. */
export interface ScoredSet extends EvaluationSet {
  name: string;
  score: string;
  role: string;
  distance: string | null;
}

/** `bits_per_byte` says the same as `loss` in another unit: the one that people can hold against other models is enough. */
function isShown({ score }: Score, all: readonly Score[]): boolean {
  return score !== 'loss' || !all.some((other) => other.score === 'bits_per_byte');
}

/** A record from before scores were kept for single items has its loss alone. */
function scoresOf({ scores, loss, baseLoss }: Evaluation): Score[] {
  return scores.length > 0 ? scores : [{ score: 'loss', goal: 'minimize', value: loss, baseValue: baseLoss }];
}

const ROLE_ORDER = Object.keys(ROLE_NAMES);

/** Sets by role, as columns: in-domain first. */
export function scoredSets(runs: readonly ComparedRun[]): ScoredSet[] {
  const found = new Map<string, ScoredSet>();
  for (const { evaluations } of runs) {
    for (const evaluation of evaluations) {
      const { name, role, distance } = evaluation;
      const scores = scoresOf(evaluation);
      for (const one of scores.filter((score) => isShown(score, scores))) {
        const key = keyOf(name, one.score);
        const base = metricFromJson(one.baseValue) ?? found.get(key)?.base;
        const label = `${name} ${one.score.replaceAll('_', ' ')}`;
        found.set(key, {
          ...{ key, label, name, role, distance: distance ?? null, score: one.score, goal: one.goal },
          ...(base !== undefined && { base }),
        });
      }
    }
  }
  return [...found.values()].sort((a, b) => ROLE_ORDER.indexOf(a.role) - ROLE_ORDER.indexOf(b.role));
}

const keyOf = (name: string, score: string) => `${name}/${score}`;

export function evaluatedRuns(runs: readonly ComparedRun[]): EvaluatedRun[] {
  return runs.map(({ id, name, evaluations }) => ({
    ...{ runId: id, label: name },
    values: Object.fromEntries(
      evaluations.flatMap((one) =>
        scoresOf(one).map(({ score, value }) => [keyOf(one.name, score), metricFromJson(value)]),
      ),
    ),
  }));
}

/** Speed and memory differ in any two runs: they come after what was given and what was reached. */
const rankOf = ({ path }: { path: string }) => (isMeasured(path.replace(/^metric\./, '')) ? 1 : 0);

/** A row of the table of settings, its cells in the order of the runs. */
export interface SettingRow {
  path: string;
  values: unknown[];
  differs: boolean;
}

export function settingRows({ paths }: Comparison, { showsAll, find }: CompareState): SettingRow[] {
  const wanted = find.trim().toLowerCase();
  return [...paths]
    .sort((a, b) => Number(a.differs < b.differs) - Number(a.differs > b.differs) || rankOf(a) - rankOf(b))
    .filter(({ path, differs }) => (showsAll || differs) && path.toLowerCase().includes(wanted))
    .map(({ path, values, differs }) => ({ path, values: values as unknown[], differs }));
}
