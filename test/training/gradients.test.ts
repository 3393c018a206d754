import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { loraConfig } from '../../src/core/lora-config.js';
import { packRows, toBatch } from '../../src/training/batches.js';
import { initialAdapter } from '../../src/training/initial-adapter.js';
import { frozenLayers, toTensors, trainableLayers } from '../../src/training/layers.js';
import { forward } from '../../src/training/llama.js';
import { loraLayers } from '../../src/training/lora.js';
import type { ModelConfig } from '../../src/training/model-config.js';
import { crossEntropy } from '../../src/training/ops.js';
import { Parameters } from '../../src/training/parameters.js';
import type { TensorFile } from '../../src/training/safetensors.js';
import { useBackend } from './backend.js';
import { TINY, tinyWeights } from './tiny-model.js';

// Gradients against central differences in float32, in random directions: (L(w + hd) - L(w - hd)) / 2h = ⟨∇L, d⟩.

const config: ModelConfig = { ...TINY, vocabularySize: 20 };
const sequences = [
  { ids: [3, 7, 1, 19, 4, 4, 8, 2, 11], from: 3, bytes: 1 },
  { ids: [5, 6, 12], from: 1, bytes: 1 },
  { ids: [9, 0, 13, 2, 2], from: 1, bytes: 1 },
];
const STEP = 1e-2;

interface Setting {
  parameters: Parameters;
  lossOf(): tf.Tensor;
}

function full(tiedEmbeddings: boolean): Setting {
  const model = { ...config, tiedEmbeddings };
  const parameters = new Parameters(tinyWeights(model));
  return setting(model, parameters, trainableLayers(model, parameters.tensors));
}

function lora(dropout: number): Setting {
  const settings = loraConfig.parse({ rank: 2, alpha: 4, dropout });
  const adapter = initialAdapter(config, settings, 3);
  for (const { values } of adapter.values())
    for (let i = 0; i < values.length; i++) values[i]! += 0.2 * Math.cos(i);
  const weights = toTensors(tinyWeights(config));
  const parameters = new Parameters(adapter);
  const draw = { rate: dropout, seed: 1, step: 1 };
  return setting(
    config,
    parameters,
    loraLayers(frozenLayers(config, weights), weights, parameters.tensors, 2, draw),
  );
}

function setting(
  model: ModelConfig,
  parameters: Parameters,
  layers: ReturnType<typeof frozenLayers>,
): Setting {
  const { rows, targets, weights } = toBatch(model, packRows(sequences));
  return { parameters, lossOf: () => crossEntropy(forward(model, layers, rows), targets, weights) };
}

/** The loss with one tensor moved along a direction. */
function lossAt(
  { parameters, lossOf }: Setting,
  original: TensorFile,
  name: string,
  direction: Float32Array,
  h: number,
) {
  const moved = original.get(name)!.values.map((w, i) => w + h * direction[i]!);
  parameters.restore(new Map([[name, { shape: original.get(name)!.shape, values: moved }]]));
  const loss = tf.tidy(() => lossOf().dataSync()[0]!);
  parameters.restore(new Map([[name, original.get(name)!]]));
  return loss;
}

const cases: [string, () => Setting][] = [
  ['all weights, tied embeddings', () => full(true)],
  ['all weights, own head', () => full(false)],
  ['LoRA', () => lora(0)],
  ['LoRA with dropout', () => lora(0.3)],
];

describe.each(['wasm', 'cpu'] as const)('gradients on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(cases)('of %s agree with central differences for every tensor', async (_, make) => {
    const made = make();
    const original = made.parameters.snapshot();
    const { gradients } = await made.parameters.gradients(made.lossOf);
    expect(gradients.size).toBe(original.size);
    const total = Math.hypot(...[...gradients.values()].flatMap((g) => [...g]));
    for (const [name, gradient] of gradients) {
      const norm = Math.hypot(...gradient);
      // Along the gradient itself the slope is its norm, the largest there is.
      const direction = gradient.map((g) => g / norm);
      const slopeAt = (h: number) =>
        (lossAt(made, original, name, direction, h) - lossAt(made, original, name, direction, -h)) / (2 * h);
      // Richardson: the error's h² term cancels.
      const slope = (4 * slopeAt(STEP / 2) - slopeAt(STEP)) / 3;
      expect([name, Math.abs(slope - norm) / (norm + 0.01 * total)]).toEqual([name, expect.closeTo(0, 2)]);
    }
  });
});
