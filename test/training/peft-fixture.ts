import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { AdamW } from '../../src/training/adamw.js';
import { loraScale } from '../../src/training/adapted-modules.js';
import { disposeBatch, packRows, toBatch } from '../../src/training/batches.js';
import type { Checkpoint } from '../../src/training/checkpoint.js';
import { frozenLayers, toTensors, trainableLayers } from '../../src/training/layers.js';
import { forward, type Layers, toRows } from '../../src/training/llama.js';
import { loadAdapter } from '../../src/training/load-adapter.js';
import { loraLayers } from '../../src/training/lora.js';
import { crossEntropy, primitives } from '../../src/training/ops.js';
import { Parameters } from '../../src/training/parameters.js';
import type { TensorFile } from '../../src/training/safetensors.js';
import type { Sequence } from '../../src/training/sequences.js';

// What test/fixtures/peft/make.py did with torch and PEFT, done here. No tensor is read at once: WebGPU cannot.

export interface PeftCase {
  name: string;
  /** absent: all weights are trained */
  rank?: number;
  alpha: number;
  useRslora: boolean;
  losses: number[];
  norms: number[];
}

export const PEFT_FOLDER = join('test', 'fixtures', 'peft');
const record = JSON.parse(readFileSync(join(PEFT_FOLDER, 'training.json'), 'utf8'));
export const PEFT_CASES: PeftCase[] = record.cases;
const batches: Sequence[][] = record.batches;

export interface Setting {
  base: Checkpoint;
  layers: Layers;
  parameters: Parameters;
}

export async function beginCase(base: Checkpoint, { rank, alpha, useRslora }: PeftCase): Promise<Setting> {
  if (rank === undefined) {
    const parameters = new Parameters(copyOf(base.weights));
    return { base, parameters, layers: trainableLayers(base.config, parameters.tensors) };
  }
  const { weights } = await loadAdapter(join(PEFT_FOLDER, `rank-${rank}`), base.config);
  const parameters = new Parameters(weights);
  const frozen = toTensors(base.weights);
  const scale = loraScale({ rank, alpha, useRslora });
  const layers = loraLayers(frozenLayers(base.config, frozen), frozen, parameters.tensors, scale);
  return { base, parameters, layers };
}

/** Loss and gradient of a batch of the record, with `use` while the batch is on the backend. */
async function onBatch<T>(
  { base: { config }, layers }: Setting,
  step: number,
  use: (lossOf: () => tf.Tensor) => Promise<T>,
) {
  const batch = toBatch(config, packRows(batches[step % batches.length]!, primitives().takesLongRows));
  const result = await use(() =>
    crossEntropy(forward(config, layers, batch.rows), batch.targets, batch.weights),
  );
  disposeBatch(batch);
  return result;
}

export const gradientsOf = (setting: Setting) =>
  onBatch(setting, 0, (lossOf) => setting.parameters.gradients(lossOf));

/** @returns loss and gradient norm of each step */
export async function trainSteps(setting: Setting, steps: number) {
  const { learningRate, weightDecay, gradientClip } = record;
  const optimizer = new AdamW({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay });
  const [losses, norms]: [number[], number[]] = [[], []];
  for (let step = 0; step < steps; step++) {
    const { loss, gradientNorm } = await onBatch(setting, step, (lossOf) =>
      setting.parameters.train(lossOf, optimizer, learningRate, gradientClip),
    );
    losses.push(loss);
    norms.push(gradientNorm);
  }
  return { losses, norms };
}

/** Of the first sequence of the first batch. */
export const probeLogits = ({ base, layers }: Omit<Setting, 'parameters'>) =>
  logitsOf(base, layers, Int32Array.from(batches[0]![0]!.ids));

export async function logitsOf(
  { config }: Checkpoint,
  layers: Layers,
  ids: Int32Array,
): Promise<Float32Array> {
  const logits = tf.tidy(() => forward(config, layers, toRows(config, ids, ids.length)));
  const values = await logits.data<'float32'>();
  logits.dispose();
  return values;
}

export const copyOf = (weights: TensorFile): TensorFile =>
  new Map([...weights].map(([name, { shape, values }]) => [name, { shape, values: values.slice() }]));
