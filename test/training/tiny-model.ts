import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunConfigInput, runConfigSchema } from '../../src/core/run-config.js';
import { saveCheckpoint } from '../../src/training/checkpoint.js';
import type { ModelConfig } from '../../src/training/model-config.js';
import { initialWeights } from '../../src/training/pretrain.js';
import type { TensorFile } from '../../src/training/safetensors.js';
import type { TrainingPoint } from '../../src/training/train-run.js';

/** A model with grouped queries that is small enough for a unit test. */
export const TINY: ModelConfig = {
  architecture: 'LlamaForCausalLM',
  vocabularySize: 1024,
  hiddenSize: 16,
  intermediateSize: 24,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headDimension: 4,
  contextLength: 64,
  slidingWindow: null,
  normEpsilon: 1e-5,
  activation: 'silu',
  attentionScaling: { byDimension: true, byLayer: false },
  ropeTheta: 10_000,
  ropeScaling: null,
  tiedEmbeddings: true,
  biases: [],
};

/** Random weights that are large enough for every part of the model to matter. */
export function tinyWeights(config: ModelConfig = TINY, seed = 1): TensorFile {
  return new Map(
    [...initialWeights(config, seed)].map(([name, { shape, values }]) => [
      name,
      {
        shape,
        values: shape.length === 1 ? values.map((w, i) => w + 0.1 * Math.sin(i)) : values.map((w) => 10 * w),
      },
    ]),
  );
}

export const temporaryFolder = () => mkdtemp(join(tmpdir(), 'ranksweep-training-'));

/** A checkpoint with the tokenizer of models/nano. */
export async function saveTinyModel(folder: string): Promise<void> {
  const options = { dtype: 'F32' as const, endOfText: 0, tokenizerFolder: join('models', 'nano') };
  await saveCheckpoint(folder, { config: TINY, weights: tinyWeights() }, options);
}

/** A folder with a model, training, validation and evaluation data, and a config that uses them. */
export async function makeRun(changes: Partial<RunConfigInput> = {}) {
  const folder = await temporaryFolder();
  await saveTinyModel(join(folder, 'model'));
  const lines = (offset: number, count: number) =>
    Array.from({ length: count }, (_, i) =>
      JSON.stringify({ prompt: `ship ${i + offset}: `, completion: `port ${(i + offset) % 5}` }),
    );
  await writeFile(join(folder, 'train.jsonl'), `${lines(0, 24).join('\n')}\n`);
  await writeFile(join(folder, 'held-out.jsonl'), `${lines(100, 8).join('\n')}\n`);
  await writeFile(
    join(folder, 'text.txt'),
    'It was a fine day.\n\nThe wind blew from the north, and the sea was rough.\n',
  );
  const { config, ...rest } = { config: baseConfig(folder), ...changes };
  return { folder, config: runConfigSchema.parse({ ...config, ...rest }) };
}

function baseConfig(folder: string): RunConfigInput {
  return {
    model: join(folder, 'model'),
    data: { train: join(folder, 'train.jsonl'), validation: join(folder, 'held-out.jsonl') },
    evaluations: [
      { name: 'ports', role: 'in_domain', data: join(folder, 'held-out.jsonl') },
      { name: 'prose', role: 'base_capability', data: join(folder, 'text.txt') },
    ],
    lora: { rank: 4 },
    optimizer: { learningRate: 0.01 },
    steps: 6,
    batchSize: 4,
    sequenceLength: 32,
    evaluationInterval: 2,
    backend: 'wasm',
  };
}

/** The values of one series, in the order of arrival. */
export const series = (points: TrainingPoint[], metric: string) =>
  points.filter((point) => point.metric === metric).map(({ value }) => value);
