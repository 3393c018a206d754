import { formatBytes } from '../core/byte-size.js';
import type { Backend, RunConfig } from '../core/run-config.js';
import { activationCount, recomputedCount } from './activation-sizes.js';
import { loraParameterCount } from './adapted-modules.js';
import type { BatchShape } from './batch-shapes.js';
import { parameterCount, weightShapes } from './layout.js';
import type { ModelConfig } from './model-config.js';
import { quantizes } from './quantization/quantized-matrix.js';

/** Bytes of what a run needs, before the runtime's own ways of keeping them are counted. */
export interface MemoryTerms {
  weights: number;
  /** one copy of what is trained */
  trained: number;
  activations: number;
  logits: number;
}

export interface MemoryEstimate {
  /** of the process, at its peak */
  bytes: number;
  /** what it consists of, the largest first */
  parts: { name: string; bytes: number }[];
}

type Concrete = Exclude<Backend, 'auto'>;

const FLOAT = 4;

export function memoryTerms(config: RunConfig, model: ModelConfig, shape: BatchShape): MemoryTerms {
  const trained = config.method === 'lora' ? loraParameterCount(model, config.lora) : parameterCount(model);
  return {
    weights: baseBytes(model, config.quantization),
    trained: trained * FLOAT,
    activations: (config.gradientCheckpointing ? recomputedCount : activationCount)(model, shape) * FLOAT,
    logits: shape.predicted * model.vocabularySize * FLOAT,
  };
}

/** Of the base as it lies on the backend. */
function baseBytes(model: ModelConfig, quantization: RunConfig['quantization']): number {
  const isQuantized = quantization === 'none' ? () => false : quantizes(model);
  let bytes = 0;
  for (const [name, shape] of weightShapes(model)) {
    const count = shape.reduce((a, b) => a * b, 1);
    bytes += count * (isQuantized(name) ? CODE_BYTES[quantization as keyof typeof CODE_BYTES] : FLOAT);
  }
  return bytes;
}

/** A number of a quantised matrix, scales included. */
const CODE_BYTES = { int8: 1.01, nf4: 0.5 + 1 / 64 };

interface Coefficients {
  /** of Node with the backend, before there is a model */
  floor: number;
  trained: number;
  activations: number;
  logits: number;
}

/** A frozen base moves to the backend tensor by tensor (move-weights.ts); what is trained has a copy in JavaScript. */
const WEIGHT_COPIES = { lora: 1.05, full: 1.75 };

const WASM: Coefficients = { floor: 145e6, trained: 7.5, activations: 1.1, logits: 2 };
const NATIVE: Coefficients = { floor: 365e6, trained: 7.7, activations: 1.45, logits: 2 };
const COEFFICIENTS: Record<Concrete, Coefficients> = {
  wasm: WASM,
  cpu: WASM,
  webgpu: WASM,
  'tfjs-node': NATIVE,
  'tfjs-node-gpu': NATIVE,
};

const NAMES: Record<keyof MemoryTerms, string> = {
  weights: 'weights',
  trained: "what is trained with AdamW's moments",
  activations: 'activations',
  logits: 'logits',
};

/**
 * The peak of a run's memory from its shapes: what has to be there, times how often the trainer and its backend hold it. The factors are
 * measured (docs/decisions/0022-memory-is-estimated-before-training.md); `npm run bench:memory` compares.
 */
export function estimateMemory(
  config: RunConfig,
  model: ModelConfig,
  shape: BatchShape,
  backend: Concrete,
): MemoryEstimate {
  const { floor, ...measured } = COEFFICIENTS[backend];
  const factors = { ...measured, weights: WEIGHT_COPIES[config.method] };
  const terms = memoryTerms(config, model, shape);
  const names = Object.keys(terms) as (keyof MemoryTerms)[];
  const parts = names.map((name) => ({ name: NAMES[name], bytes: terms[name] * factors[name] }));
  const all = [...parts, { name: 'the runtime', bytes: floor }].sort((a, b) => b.bytes - a.bytes);
  return { bytes: all.reduce((sum, { bytes }) => sum + bytes, 0), parts: all };
}

/** `1.3 GB: 540 MB weights, 330 MB the runtime, …` */
export function describeMemory({ bytes, parts }: MemoryEstimate): string {
  const list = parts.map((part) => `${formatBytes(part.bytes)} ${part.name}`).join(', ');
  return `${formatBytes(bytes)} of memory: ${list}`;
}
