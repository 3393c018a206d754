import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { loraConfig } from '../../src/core/lora-config.js';
import { disposeBatch, packRows, toBatch } from '../../src/training/batches.js';
import { initialAdapter } from '../../src/training/initial-adapter.js';
import { frozenLayers, toTensors, trainableLayers } from '../../src/training/layers.js';
import { forward, type Layers } from '../../src/training/llama.js';
import { loraLayers } from '../../src/training/lora.js';
import type { ModelConfig } from '../../src/training/model-config.js';
import { crossEntropy } from '../../src/training/ops.js';
import { Parameters } from '../../src/training/parameters.js';
import { recomputingLayers } from '../../src/training/recompute.js';
import { useBackend } from './backend.js';
import { TINY, tinyWeights } from './tiny-model.js';

const sequences = [
  { ids: [3, 7, 1, 19, 4, 4, 8, 2, 11], from: 3, bytes: 1 },
  { ids: [5, 6, 12, 9, 0], from: 1, bytes: 1 },
];

const LLAMA: ModelConfig = { ...TINY, layers: 6, vocabularySize: 20 };
const GPT2: ModelConfig = {
  ...LLAMA,
  architecture: 'GPT2LMHeadModel',
  keyValueHeads: 4,
  activation: 'gelu_tanh',
  biases: ['ln_1', 'attn.c_attn', 'attn.c_proj', 'ln_2', 'mlp.c_fc', 'mlp.c_proj'],
};

interface Setting {
  config: ModelConfig;
  parameters: Parameters;
  layers: Layers;
}

function lora(config: ModelConfig): Setting {
  const adapter = initialAdapter(config, loraConfig.parse({ rank: 2, targetModules: 'all-linear' }), 3);
  for (const { values } of adapter.values()) values.set(values.map((w, i) => w + 0.2 * Math.cos(i)));
  const weights = toTensors(tinyWeights(config));
  const parameters = new Parameters(adapter);
  const draw = { rate: 0.3, seed: 1, step: 1 };
  const frozen = frozenLayers(config, weights);
  return { config, parameters, layers: loraLayers(frozen, weights, parameters.tensors, 2, draw) };
}

function full(config: ModelConfig): Setting {
  const parameters = new Parameters(tinyWeights(config));
  return { config, parameters, layers: trainableLayers(config, parameters.tensors) };
}

/** Loss, gradients, and the bytes of tensors that stand between the forward and the backward pass. */
async function step({ config, parameters }: Setting, layers: Layers) {
  const batch = toBatch(config, packRows(sequences));
  const before = tf.memory();
  let held = 0;
  const result = await parameters.gradients(() => {
    const loss = crossEntropy(forward(config, layers, batch.rows), batch.targets, batch.weights);
    held = tf.memory().numBytes - before.numBytes;
    return loss;
  });
  expect(tf.memory().numTensors).toBe(before.numTensors);
  disposeBatch(batch);
  return { ...result, held };
}

describe('recomputed layers', () => {
  beforeAll(() => useBackend('wasm'));

  it.each<[string, () => Setting]>([
    ['LoRA with dropout', () => lora(LLAMA)],
    ['all weights', () => full(LLAMA)],
    ['LoRA on GPT-2', () => lora(GPT2)],
  ])('give the same bits with fewer bytes: %s', async (_, make) => {
    const setting = make();
    const plain = await step(setting, setting.layers);
    const again = await step(setting, recomputingLayers(setting.layers, setting.parameters.tensors));
    expect(again.loss).toBe(plain.loss);
    expect(again.gradients).toEqual(plain.gradients);
    expect(again.held).toBeLessThan(plain.held / 3);
  });
});
