import { adapterDistance } from '../../analysis/adapter-distance.js';
import type { WeightEvidence } from '../../analysis/reproduction-verdict.js';
import type { ApiClient } from '../../api-client/api-client.js';
import { fetchWeights, isWeights } from '../../worker/compare-weights.js';
import { describeError } from '../../worker/describe-error.js';
import { fetchRun, type RunRecord } from '../run-report.js';

/** How far the weights that two runs left are apart; null: their files are the same, or there are none, which the server knows itself. */
export async function compareWeights(
  client: ApiClient,
  original: RunRecord,
  reproductionId: string,
): Promise<WeightEvidence | null> {
  const reproduction = await fetchRun(client, reproductionId);
  const [first, second] = [original, reproduction].map((run) => run.artifacts.filter(isWeights));
  if (filesText(first!) === filesText(second!)) return null;
  if (first!.length === 0) return { why: 'the original kept no adapter' };
  if (second!.length === 0) return { why: 'the reproduction kept no adapter' };
  try {
    const [before, after] = [await fetchWeights(client, first!), await fetchWeights(client, second!)];
    return adapterDistance(before, after);
  } catch (error) {
    return { why: `an adapter could not be read: ${describeError(error)}` };
  }
}

const filesText = (files: { name: string; sha256: string }[]) =>
  files.map(({ name, sha256 }) => `${name} ${sha256}`).join();
