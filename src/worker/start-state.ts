import type { ApiClient } from '../api-client/api-client.js';
import type { TensorFile } from '../training/safetensors.js';
import { readTrainingState, saveTrainingState } from '../training/training-state.js';
import { fetchWeights } from './compare-weights.js';

/** The step that a state file is of. @throws RanksweepError if it is none */
export async function stateStep(path: string): Promise<number> {
  return (await readTrainingState(path)).step;
}

/**
 * Writes a state before the first step whose weights are those that a run left.
 * @param baseLoss what divergence is measured against
 * @returns false: it left none
 */
export async function writeWarmState(
  client: ApiClient,
  runId: string,
  artifacts: readonly { name: string; sha256: string }[],
  baseLoss: number,
  path: string,
): Promise<boolean> {
  const adapter = artifacts.filter(({ name }) => name === 'adapter/adapter_model.safetensors');
  const parameters = await fetchWeights(client, adapter);
  if (parameters.size === 0) return false;
  const reference = Number.POSITIVE_INFINITY;
  await saveTrainingState(path, {
    ...{ identity: '', runId, step: 0, updates: 0, tokens: 0, seconds: 0, baseLoss, points: [] },
    validation: { bestStep: null, bestLoss: reference, sinceImproved: 0, reference },
    ...{ parameters, m: zerosLike(parameters), v: zerosLike(parameters), best: null },
  });
  return true;
}

function zerosLike(tensors: TensorFile): TensorFile {
  const zeros = ({ shape, values }: { shape: number[]; values: Float32Array }) => ({
    ...{ shape, values: new Float32Array(values.length) },
  });
  return new Map([...tensors].map(([name, tensor]) => [name, zeros(tensor)]));
}
