import type { ApiClient } from '../api-client/api-client.js';
import {
  type FinishInput,
  FinishRunDocument,
  FinishTrialDocument,
} from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import { metricToJson } from '../core/metric-value.js';
import type { RunState } from '../core/states.js';
import type { RunEnding } from './child-messages.js';
import type { StoredFile } from './kept-content.js';
import { recordEvaluations } from './record-evaluations.js';
import type { RunLease } from './run-lease.js';

export interface Finish {
  state: RunState;
  error: string | null;
  stopReason: string | null;
  facts: RunEnding['facts'];
  evaluations: RunEnding['evaluations'];
  artifacts: StoredFile[];
}

/** Longest error that a record holds, in characters. */
const LONGEST_ERROR = 20_000;

/** Closes a run, and its trial if it has one. @returns false if the lease was lost and nothing was stored */
export async function finishRun(client: ApiClient, lease: RunLease, finish: Finish): Promise<boolean> {
  const { runId, leaseToken, sweepId } = lease;
  const error = finish.error?.slice(0, LONGEST_ERROR) ?? null;
  await recordScores(client, lease, finish.evaluations);
  const measured = finish.evaluations.filter(({ tokens }) => tokens > 0);
  const evaluations = measured.map(evaluationInput);
  const input: FinishInput = { ...finish, runId, leaseToken, error, evaluations };
  if (sweepId !== null) {
    const { finishTrial } = await client.request(FinishTrialDocument, { input }, { repeatable: true });
    return finishTrial.accepted;
  }
  const answer = await client.request(FinishRunDocument, { input }, { repeatable: true });
  return answer.finishRun.accepted;
}

/** A lease that is lost shows when the run is closed. */
async function recordScores(
  client: ApiClient,
  { runId, leaseToken }: RunLease,
  evaluations: Finish['evaluations'],
) {
  try {
    await recordEvaluations(client, { runId, leaseToken }, evaluations);
  } catch (error) {
    if (!(error instanceof RanksweepError && error.code === 'CONFLICT')) throw error;
  }
}

function evaluationInput(score: RunEnding['evaluations'][number]) {
  const { name, role, items, tokens, dataset, distance, suiteHash } = score;
  return {
    name,
    role,
    items,
    tokens,
    distance,
    suiteHash,
    datasetHash: dataset,
    loss: metricToJson(score.loss),
    bitsPerByte: metricToJson(score.bitsPerByte),
    baseLoss: metricToJson(score.baseLoss),
    baseBitsPerByte: metricToJson(score.baseBitsPerByte),
  };
}
