import type { Backend, RunConfig } from '../core/run-config.js';
import { loraParameterCount } from './adapted-modules.js';
import { BatchOrder } from './batches.js';
import { parameterCount } from './layout.js';
import type { MemoryEstimate } from './memory-estimate.js';
import { planMemory } from './memory-plan.js';
import { planRun, type RunPlan } from './prepare-run.js';

/** What a run would do and need, without its weights being read. */
export interface RunForecast {
  steps: number;
  /** that training would see */
  tokens: number;
  trainableParameters: number;
  totalParameters: number;
  memory: MemoryEstimate;
}

/**
 * @param backend that it would run on
 * @throws RanksweepError for every reason not to begin that shows before the weights are read
 */
export async function forecastRun(
  config: RunConfig,
  backend: Exclude<Backend, 'auto'>,
): Promise<RunForecast> {
  const plan = await planRun(config);
  const base = parameterCount(plan.model);
  const adapter = config.method === 'lora' ? loraParameterCount(plan.model, config.lora) : 0;
  return {
    steps: plan.steps,
    tokens: tokensOf(config, plan),
    trainableParameters: config.method === 'lora' ? adapter : base,
    totalParameters: base + adapter,
    // The WASM kernels take a batch as one long row.
    memory: planMemory(config, plan, backend, backend === 'wasm').estimate,
  };
}

/** Padding is none. */
function tokensOf({ batchSize, seed }: RunConfig, { train, steps }: RunPlan): number {
  const order = new BatchOrder(train.length, batchSize, seed);
  const ofStep = (step: number) => order.indices(step).reduce((sum, i) => sum + train[i]!.ids.length - 1, 0);
  return Array.from({ length: steps }, (_, i) => ofStep(i + 1)).reduce((a, b) => a + b, 0);
}
