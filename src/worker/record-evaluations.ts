import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '../api-client/api-client.js';
import { RecordEvaluationDocument, type RecordEvaluationInput } from '../api-client/operations.generated.js';
import { metricToJson } from '../core/metric-value.js';
import type { AnsweredItem } from '../training/score-columns.js';
import type { EvaluationScore, ScoredColumn } from '../training/train-run.js';

/** Which run the scores are of. */
export interface ScoredRun {
  runId: string;
  /** of a worker that executes it now */
  leaseToken?: number;
  /** of the base's files */
  baseModel?: string;
}

/** Stores the scores of sets by item. */
export async function recordEvaluations(
  client: ApiClient,
  run: ScoredRun,
  evaluations: readonly EvaluationScore[],
): Promise<void> {
  for (const { scores, dataset: datasetHash, ...set } of evaluations) {
    if (scores.length === 0) continue;
    const { name, role, distance, suiteHash, keys, groups } = set;
    const about = { name, role, distance, suiteHash, datasetHash, keys, groups };
    const input: RecordEvaluationInput = { ...run, ...about, scores: scores.map(scoreInput) };
    await client.request(RecordEvaluationDocument, { input }, { repeatable: true });
  }
}

function scoreInput({ score, goal, values, weights, baseValues, baseKey }: ScoredColumn) {
  return {
    ...{ score, goal, baseKey },
    values: Array.from(values, metricToJson),
    weights: weights && Array.from(weights),
    baseValues: baseValues && Array.from(baseValues, metricToJson),
  };
}

/** What the model wrote on a set, as a file of the run: evaluations/NAME.jsonl. */
export async function writeAnswers(
  outputFolder: string,
  set: string,
  answers: AnsweredItem[],
): Promise<void> {
  const folder = join(outputFolder, 'evaluations');
  await mkdir(folder, { recursive: true });
  const lines = answers.map((item) => `${JSON.stringify(item)}\n`);
  await writeFile(join(folder, `${set}.jsonl`), lines.join(''));
}
