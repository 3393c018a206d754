import { formatBytes } from '../core/byte-size.js';
import type { Problem } from '../core/errors.js';
import type { RunConfig } from '../core/run-config.js';
import type { BatchShape } from './batch-shapes.js';

/** One setting changed, and the batch that follows from it. */
interface Change {
  field: string;
  found: string | number | boolean;
  value: string | number | boolean;
  config: RunConfig;
  shape: BatchShape;
}

/**
 * What to change, one thing at a time, so that a run fits: the largest smaller value of each setting that does.
 * @param bytesOf estimate of a config   @param limit in bytes
 */
export function memoryAdvice(
  config: RunConfig,
  shape: BatchShape,
  bytesOf: (config: RunConfig, shape: BatchShape) => number,
  limit: number,
): Problem[] {
  const ways = [checkpointing, batchSizes, sequenceLengths, ranks, quantizations].map((way) =>
    way(config, shape),
  );
  return ways.flatMap((changes) => {
    const fitting = changes.find((change) => bytesOf(change.config, change.shape) <= limit);
    if (!fitting) return [];
    const { field, found, value } = fitting;
    const need = formatBytes(bytesOf(fitting.config, fitting.shape));
    return [{ field, message: `found ${found}, with ${value} it needs about ${need}` }];
  });
}

/** n/2, n/4, … 1 */
function halves(n: number): number[] {
  const values: number[] = [];
  for (let value = Math.floor(n / 2); value >= 1; value = Math.floor(value / 2)) values.push(value);
  return values;
}

/** Costs time only. */
function checkpointing(config: RunConfig, shape: BatchShape): Change[] {
  if (config.gradientCheckpointing) return [];
  const changed = { ...config, gradientCheckpointing: true };
  return [{ field: 'gradientCheckpointing', found: false, value: true, config: changed, shape }];
}

function batchSizes(config: RunConfig, shape: BatchShape): Change[] {
  const { batchSize: found } = config;
  return halves(found).map((value) => {
    const rows = Math.ceil((shape.rows * value) / found);
    const predicted = Math.ceil((shape.predicted * value) / found);
    const changed = { ...config, batchSize: value };
    return { field: 'batchSize', found, value, config: changed, shape: { ...shape, rows, predicted } };
  });
}

function sequenceLengths(config: RunConfig, shape: BatchShape): Change[] {
  const { sequenceLength: found } = config;
  return halves(found)
    .filter((value) => value < shape.width && value >= 8)
    .map((value) => {
      const part = value / shape.width;
      const smaller = {
        rows: Math.ceil(shape.rows * part),
        predicted: Math.ceil(shape.predicted * part),
        width: value,
      };
      const changed = { ...config, sequenceLength: value };
      return { field: 'sequenceLength', found, value, config: changed, shape: smaller };
    });
}

function ranks(config: RunConfig, shape: BatchShape): Change[] {
  if (config.method !== 'lora') {
    return [{ field: 'method', found: 'full', value: 'lora', config: { ...config, method: 'lora' }, shape }];
  }
  const { rank: found } = config.lora;
  return halves(found).map((value) => {
    const changed = { ...config, lora: { ...config.lora, rank: value } };
    return { field: 'lora.rank', found, value, config: changed, shape };
  });
}

function quantizations(config: RunConfig, shape: BatchShape): Change[] {
  const { quantization: found, method } = config;
  if (method !== 'lora' || found === 'nf4') return [];
  const smaller = found === 'none' ? (['int8', 'nf4'] as const) : (['nf4'] as const);
  return smaller.map((value) => {
    return { field: 'quantization', found, value, config: { ...config, quantization: value }, shape };
  });
}
