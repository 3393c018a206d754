import type { WeightEvidence } from '../../analysis/reproduction-verdict.js';
import type { ApiClient } from '../../api-client/api-client.js';
import {
  JudgeReproductionDocument,
  type VerdictFieldsFragment,
} from '../../api-client/operations.generated.js';
import type { Repetition } from './execution.js';

/** Has the server compare the two runs; the verdict is stored on both. */
export async function judge(
  client: ApiClient,
  { outcome, differences, departure }: Repetition,
  weights: WeightEvidence | null,
): Promise<VerdictFieldsFragment> {
  const stoppedAt = departure && { step: departure.step, metric: departure.metric };
  const input = { reproductionId: outcome.runId, differences, weights, stoppedAt };
  const answer = await client.request(JudgeReproductionDocument, { input }, { repeatable: true });
  return answer.judgeReproduction;
}
