import type { ApiClient } from '../../api-client/api-client.js';
import { RecordEvaluationDocument } from '../../api-client/operations.generated.js';
import { RanksweepError } from '../../core/errors.js';
import type { EvaluationRole } from '../../core/evaluation-set.js';
import { sha256 } from '../../core/hash.js';
import { metricToJson } from '../../core/metric-value.js';
import { configValue, instantOf, type Omission } from './imported-run.js';
import { type HarnessResults, readHarness, type TaskScores } from './lm-eval.js';
import { record, sendPoints } from './send-run.js';

export interface LmEvalOptions {
  samples: string[];
  /** results of the base model on the same tasks */
  base?: string;
  baseSamples: string[];
  /** the run whose weights were evaluated; without it a run is made */
  run?: string;
  role: EvaluationRole;
  project: string;
}

export interface LmEvalReport {
  runId: string;
  sets: { name: string; items: number; scores: string[]; hasBase: boolean }[];
  omissions: Omission[];
}

/** Brings what lm-evaluation-harness measured: a set for each task, a score for each of its metrics, by document. */
export async function importLmEval(
  client: ApiClient,
  path: string,
  options: LmEvalOptions,
): Promise<LmEvalReport> {
  const omissions: Omission[] = [];
  const omit = (omission: Omission) => omissions.push(omission);
  const found = await readHarness(path, options.samples, omit);
  const base = options.base === undefined ? null : await readHarness(options.base, options.baseSamples, omit);
  if (found.tasks.length === 0) {
    const message =
      'found no scores by document: run lm_eval with --log_samples, and name the files with --samples';
    throw new RanksweepError('INVALID_INPUT', `${path}: ${message}`, [{ field: 'path', message }]);
  }
  const runId = options.run ?? (await openRun(client, found, options));
  const sets: LmEvalReport['sets'] = [];
  for (const task of found.tasks) {
    const input = inputOf(task, base, runId, options.role, omit);
    await client.request(RecordEvaluationDocument, { input }, { repeatable: true });
    const hasBase = input.scores.some(({ baseValues }) => baseValues !== null);
    sets.push({
      name: task.task,
      items: task.keys.length,
      scores: task.scores.map(({ score }) => score),
      hasBase,
    });
  }
  if (options.run === undefined) await closeRun(client, runId, found, options.project);
  return { runId, sets, omissions };
}

function inputOf(
  { task, keys, scores }: TaskScores,
  base: HarnessResults | null,
  runId: string,
  role: EvaluationRole,
  omit: (omission: Omission) => void,
) {
  const beside = base?.tasks.find((one) => one.task === task) ?? null;
  if (base !== null && beside === null) omit({ place: task, reason: 'the base was not evaluated on it' });
  const baseOf = (score: string) => beside && baseValues(keys, beside, score, omit);
  return {
    ...{ runId, name: task, role, keys, baseModel: base?.model ?? null },
    scores: scores.map(({ score, goal, values, weights }) => {
      return { score, goal, weights, values: values.map(metricToJson), baseValues: baseOf(score) };
    }),
  };
}

/** In the order of the run's documents; null unless the base has all of them. */
function baseValues(keys: string[], base: TaskScores, score: string, omit: (omission: Omission) => void) {
  const column = base.scores.find((one) => one.score === score);
  const places = new Map(base.keys.map((key, i) => [key, i]));
  if (column && keys.every((key) => places.has(key))) {
    return keys.map((key) => metricToJson(column.values[places.get(key)!]!));
  }
  omit({ place: `${base.task} ${score}`, reason: 'the base was evaluated on other documents' });
  return null;
}

/** The same files are the same run. */
async function openRun(
  client: ApiClient,
  found: HarnessResults,
  { project }: LmEvalOptions,
): Promise<string> {
  const { content, config, model, date } = found;
  const id = `lm-eval-${sha256(content).slice(0, 12)}`;
  const startedAt = date === null ? {} : { startedAt: instantOf(date) };
  const about = { id, project, origin: 'lm-eval', name: model.slice(0, 250), ...startedAt };
  await record(client, {
    ...about,
    config: configValue(config),
    leased: false,
    resume: false,
    hidden: false,
    state: 'running',
  });
  return id;
}

/** What the harness itself computed is kept as metrics. */
async function closeRun(client: ApiClient, id: string, { means, date }: HarnessResults, project: string) {
  const series = [...means].flatMap(([task, scores]) =>
    [...scores].map(([score, value]) => ({
      metric: `${task}/${score}`,
      steps: Float64Array.of(0),
      values: Float64Array.of(value),
      times: Float64Array.of(date ?? 0),
    })),
  );
  const about = { id, project, origin: 'lm-eval', leased: false, resume: false, hidden: false };
  await sendPoints(client, id, 1, series);
  await record(client, { ...about, state: 'finished', ...(date !== null && { endedAt: instantOf(date) }) });
}
