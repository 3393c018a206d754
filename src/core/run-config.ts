import { z } from 'zod';
import { evaluationSetConfig } from './evaluation-set.js';
import { loraConfig } from './lora-config.js';

/**
 * The run config of the built-in trainer, declared once: YAML, command line, database JSON, trainer and dashboard all take it from here.
 * Each default stands on its field's line. Paths are relative to the working directory unless absolute.
 */
const positiveInt = z.int().positive();
const fraction = z.number().min(0).max(1);

export { EVALUATION_ROLES, type EvaluationRole } from './evaluation-set.js';

/** How the base's linear layers are kept: float32, 8-bit whole numbers with a scale for each row, or QLoRA's 4-bit NormalFloat. */
export const QUANTIZATIONS = ['none', 'int8', 'nf4'] as const;

export const BACKENDS = ['auto', 'tfjs-node-gpu', 'tfjs-node', 'webgpu', 'wasm', 'cpu'] as const;
export type Backend = (typeof BACKENDS)[number];

const dataConfig = z.strictObject({
  /** JSONL of prompt/completion pairs, of chats ({"messages"}), of {"text"} records, or plain text; recognised by its content */
  train: z.string().min(1),
  /** held-out data for early stopping; without it early stopping is off */
  validation: z.string().min(1).nullable().default(null),
  /** use only the first n examples of the (seeded) order */
  maxExamples: positiveInt.nullable().default(null),
  /** train even though examples of validation or evaluation sets are in training: their scores then say little */
  allowLeakage: z.boolean().default(false),
});

const scheduleConfig = z.strictObject({
  name: z.enum(['constant', 'linear', 'cosine']).default('linear'),
  warmupSteps: z.int().min(0).default(0),
});

const optimizerConfig = z.strictObject({
  name: z.literal('adamw').default('adamw'),
  learningRate: z.number().positive().default(2e-4),
  /** LoRA+ (Hayou et al. 2024, arXiv 2402.12354): B, and everything with one axis, learns this many times as fast; null: off */
  loraPlusRatio: z.number().min(1).nullable().default(null),
  beta1: fraction.lt(1).default(0.9),
  beta2: fraction.lt(1).default(0.999),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().min(0).default(0.01),
  schedule: scheduleConfig.prefault({}),
  /** largest L2 norm of the whole gradient; null: not clipped */
  gradientClip: z.number().positive().nullable().default(1),
});

const earlyStoppingConfig = z.strictObject({
  /** end after this many evaluations without improvement of the validation loss */
  patience: positiveInt,
  minDelta: z.number().min(0).default(0),
});

export const runConfigSchema = z
  .strictObject({
    /** a folder with a Hugging Face checkpoint (config.json, safetensors, tokenizer.json), or a GGUF file */
    model: z.string().min(1),
    data: dataConfig,
    /** on the command line also the path of a suite (suite.ts), whose sets take its place */
    evaluations: z.array(evaluationSetConfig).default([]),
    method: z.enum(['lora', 'full']).default('lora'),
    /** of the frozen base; only with method lora */
    quantization: z.enum(QUANTIZATIONS).default('none'),
    lora: loraConfig.prefault({}),
    optimizer: optimizerConfig.prefault({}),
    batchSize: positiveInt.default(8),
    sequenceLength: positiveInt.default(128),
    /** computes each layer again in the backward pass instead of keeping what it made: less memory, up to half more time, the same bits */
    gradientCheckpointing: z.boolean().default(false),
    /** optimiser steps; give either steps or epochs */
    steps: positiveInt.nullable().default(null),
    epochs: z.number().positive().nullable().default(null),
    /** steps between evaluations of the validation set; null: only at the end */
    evaluationInterval: positiveInt.nullable().default(null),
    earlyStopping: earlyStoppingConfig.nullable().default(null),
    /** steps between checkpoints to resume from; null: only when the run is asked to stop */
    checkpointInterval: positiveInt.nullable().default(null),
    seed: z.int().min(0).default(0),
    backend: z.enum(BACKENDS).default('auto'),
  })
  .refine((config) => (config.steps === null) !== (config.epochs === null), {
    path: ['steps'],
    message: 'give exactly one of steps and epochs',
  })
  .refine(({ lora, quantization }) => lora.initialization !== 'pissa' || quantization === 'none', {
    path: ['lora', 'initialization'],
    message: 'pissa changes the base, which quantization would round anew: its adapter would fit no base',
  })
  .refine(({ method, quantization }) => method === 'lora' || quantization === 'none', {
    path: ['quantization'],
    message: 'method full trains all weights, which must be float32: expected "none", or method lora',
  });

/** A complete run config: every default filled in. */
export type RunConfig = z.infer<typeof runConfigSchema>;
/** What a person may write: defaults may be left out. */
export type RunConfigInput = z.input<typeof runConfigSchema>;
