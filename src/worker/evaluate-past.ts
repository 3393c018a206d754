import { join } from 'node:path';
import type { ApiClient } from '../api-client/api-client.js';
import {
  type AdapterEvaluation,
  type EvaluatedAdapter,
  type EvaluationHooks,
  evaluateAdapter,
} from '../training/evaluate-adapter.js';
import { keepScores, knownScores } from './known-scores.js';
import { runScoreCommand } from './score-command.js';

export type { AdapterEvaluation, EvaluatedAdapter };

/**
 * Evaluates an adapter from the past. What the base scored before is taken from this machine or the server, and kept for the next.
 * @param client null: no server is asked
 */
export async function evaluatePast(
  settings: AdapterEvaluation,
  client: ApiClient | null,
  workFolder: string,
  log: EvaluationHooks['log'],
): Promise<EvaluatedAdapter> {
  const folder = join(workFolder, 'base-scores');
  const hooks = { knownScores: knownScores(client, folder), runScoreCommand, log };
  const evaluated = await evaluateAdapter(settings, hooks);
  await keepScores(folder, evaluated.evaluations);
  return evaluated;
}
