import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import type { ApiClient } from '../../api-client/api-client.js';
import {
  EvaluationItemsDocument,
  type RecordEvaluationInput,
} from '../../api-client/operations.generated.js';
import type { Problem } from '../../core/errors.js';
import { ITEMS_FILE } from './manifest.js';
import type { BundledRun } from './write-bundle.js';

/** Writes every scored set of a run with the scores of its items, a line for each, as the API takes it. */
export async function writeItems(client: ApiClient, run: BundledRun, file: FileHandle): Promise<void> {
  for (const { name, role, distance, suiteHash, datasetHash, scores } of run.evaluations) {
    const columns = [];
    for (const { score, baseKey } of scores) {
      const variables = { runId: run.id, name, score };
      const { evaluationItems } = await client.request(EvaluationItemsDocument, variables);
      if (evaluationItems) columns.push({ score, baseKey, ...evaluationItems });
    }
    const [first] = columns;
    if (first === undefined) continue;
    const set = { runId: run.id, name, role, distance, suiteHash, datasetHash };
    const { keys, groups } = first;
    const parts = columns.map(({ keys: _, groups: __, ...column }) => column);
    await file.write(`${JSON.stringify({ ...set, keys, groups, scores: parts })}\n`);
  }
}

const shape = z.looseObject({
  runId: z.string(),
  name: z.string(),
  keys: z.array(z.string()),
  scores: z.array(z.looseObject({ score: z.string(), values: z.array(z.unknown()) })),
});

/** @param runIds of the bundle: items of no other run belong there */
export function parseItems(lines: string, runIds: Set<string>, problems: Problem[]): RecordEvaluationInput[] {
  return lines.split('\n').flatMap((line, i) => {
    if (line === '') return [];
    const field = `${ITEMS_FILE}:${i + 1}`;
    try {
      const found = shape.parse(JSON.parse(line));
      if (runIds.has(found.runId)) return [found as unknown as RecordEvaluationInput];
      problems.push({ field, message: `${found.runId} is no run of the bundle` });
    } catch (error) {
      const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
      problems.push({ field, message: issue ? `${issue.path.join('.')}: ${issue.message}` : String(error) });
    }
    return [];
  });
}
