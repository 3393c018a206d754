import { formatBytes } from '../core/byte-size.js';
import { RanksweepError } from '../core/errors.js';
import { IGNORE_MEMORY } from '../core/ignore-memory.js';
import type { Backend, RunConfig } from '../core/run-config.js';
import { type BatchShape, shapeOf, trainingShapes } from './batch-shapes.js';
import { groupsOf } from './evaluate.js';
import { sequencesOfSet } from './evaluation-set.js';
import { parameterCount } from './layout.js';
import { memoryAdvice } from './memory-advice.js';
import { describeMemory, estimateMemory, type MemoryEstimate } from './memory-estimate.js';
import type { ModelConfig } from './model-config.js';
import type { RunPlan } from './prepare-run.js';

/** What a WASM heap can grow to. */
const WASM_LIMIT = 4 * 2 ** 30;

/** The estimate for the largest batch that a run will have. */
export interface MemoryPlan {
  estimate: MemoryEstimate;
  shape: BatchShape;
  backend: Exclude<Backend, 'auto'>;
}

/** @param intoOne whether the backend takes a batch as one long row */
export function planMemory(
  config: RunConfig,
  plan: RunPlan,
  backend: MemoryPlan['backend'],
  intoOne: boolean,
): MemoryPlan {
  const plans = batchesOf(config, plan, intoOne).map((shape) => {
    return { shape, backend, estimate: estimateMemory(config, plan.model, shape, backend) };
  });
  return plans.reduce((most, next) => (next.estimate.bytes > most.estimate.bytes ? next : most));
}

/** In training and in evaluation. */
function batchesOf(config: RunConfig, plan: RunPlan, intoOne: boolean): BatchShape[] {
  const { train, validation, evaluations, steps, tokensAtOnce } = plan;
  const sets = [...(validation ? [validation] : []), ...evaluations.map(sequencesOfSet)];
  const groups = sets.flatMap((sequences) => groupsOf(sequences, tokensAtOnce));
  return [
    ...trainingShapes(train, config, steps, intoOne),
    ...groups.map((group) => shapeOf(group, intoOne)),
  ];
}

/**
 * @param available bytes that the process may grow to
 * @throws RanksweepError UNAVAILABLE, with what to lower and to what, if the estimate is above that
 */
export function checkMemory(
  config: RunConfig,
  model: ModelConfig,
  { estimate, shape, backend }: MemoryPlan,
  available: number,
): void {
  if (process.env[IGNORE_MEMORY] === '1') return;
  const limit = backend === 'wasm' ? Math.min(available, WASM_LIMIT) : available;
  if (estimate.bytes <= limit) return;
  const bytesOf = (other: RunConfig, of: BatchShape) => estimateMemory(other, model, of, backend).bytes;
  const ways = memoryAdvice(config, shape, bytesOf, limit);
  const count = formatCount(parameterCount(model));
  const problems =
    ways.length > 0 ? ways : [{ field: 'model', message: `found ${count} parameters, expected fewer` }];
  const has = `${formatBytes(limit)} ${limit < available ? 'is what WebAssembly can have' : 'are available'}`;
  const list = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
  const message = `This run needs about ${describeMemory(estimate)}; ${has}. ${list}. --ignore-memory (or ${IGNORE_MEMORY}=1) begins it anyway.`;
  throw new RanksweepError('UNAVAILABLE', message, problems);
}

const formatCount = (count: number) => `${Number((count / 1e6).toPrecision(3))} million`;
