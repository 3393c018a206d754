import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { packRows, toBatch } from '../../src/training/batches.js';
import { frozenLayers, toTensors } from '../../src/training/layers.js';
import { forward } from '../../src/training/llama.js';
import type { ModelConfig } from '../../src/training/model-config.js';
import { initialWeights } from '../../src/training/pretrain.js';
import { useBackend } from './backend.js';

const config: ModelConfig = {
  architecture: 'LlamaForCausalLM',
  vocabularySize: 50,
  hiddenSize: 24,
  intermediateSize: 40,
  layers: 2,
  heads: 3,
  keyValueHeads: 1,
  headDimension: 8,
  contextLength: 64,
  slidingWindow: null,
  normEpsilon: 1e-5,
  activation: 'silu',
  attentionScaling: { byDimension: true, byLayer: false },
  ropeTheta: 10000,
  ropeScaling: null,
  tiedEmbeddings: true,
  biases: [],
};

/** Prompts of different lengths, of which the rest is predicted. */
const sequences = [
  { length: 40, from: 25 },
  { length: 9, from: 8 },
  { length: 13, from: 1 },
  { length: 30, from: 29 },
].map(({ length, from }) => ({
  ids: Array.from({ length }, (_, i) => (i * 17 + length) % 50),
  from,
  bytes: length,
}));

describe('rows that nobody asks for', () => {
  beforeAll(() => useBackend('wasm'));

  it('are left out, and the others keep their bits', () => {
    const packed = packRows(sequences);
    const { rows, targets, weights } = toBatch(config, packed);
    const layers = frozenLayers(config, toTensors(initialWeights(config, 3)));
    const wanted = [...packed.weights.keys()].filter((row) => packed.weights[row] === 1);
    const { wanted: found, ...all } = rows;
    expect([...found!.dataSync()]).toEqual(wanted);
    expect(wanted).toHaveLength(15 + 1 + 12 + 1);
    const expected = tf.gather(forward(config, layers, all), found as tf.Tensor1D);
    expect(forward(config, layers, rows).dataSync()).toEqual(expected.dataSync());
    expect([...targets.dataSync()]).toEqual(wanted.map((row) => packed.targets[row]!));
    expect(weights.sum().dataSync()[0]).toBeCloseTo(1, 6);
  });

  it('are not there when all lies in one row, and no example notices what lies beside it', () => {
    const layers = frozenLayers(config, toTensors(initialWeights(config, 3)));
    const logitsOf = (members: typeof sequences) => {
      const packed = packRows(members, true);
      expect(packed.inputs).toHaveLength(packed.tokens);
      return forward(config, layers, toBatch(config, packed).rows).dataSync();
    };
    const together = logitsOf(sequences);
    const alone = [...sequences].sort((a, b) => b.ids.length - a.ids.length).map((one) => logitsOf([one]));
    expect(together).toEqual(Float32Array.from(alone.flatMap((logits) => [...logits])));
  });
});
