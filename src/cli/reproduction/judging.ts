import type { ApiClient } from '../../api-client/api-client.js';
import {
  JudgeReproductionDocument,
  type VerdictFieldsFragment,
} from '../../api-client/operations.generated.js';
import { EXIT, type ExitCode } from '../failure.js';
import type { Repetition } from './execution.js';

/** Has the server compare the two runs; the verdict is stored on both. */
export async function judge(
  client: ApiClient,
  { outcome, differences }: Repetition,
): Promise<VerdictFieldsFragment> {
  const input = { reproductionId: outcome.runId, differences };
  const answer = await client.request(JudgeReproductionDocument, { input }, { repeatable: true });
  return answer.judgeReproduction;
}

export function exitOf({ verdict }: VerdictFieldsFragment): ExitCode {
  return verdict === 'differs' ? EXIT.failed : EXIT.ok;
}
