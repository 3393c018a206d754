import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  initialWeights,
  Pretraining,
  type PretrainSettings,
  type PretrainState,
} from '../../src/training/pretrain.js';
import { useBackend } from './backend.js';
import { TINY } from './tiny-model.js';

const config = { ...TINY, vocabularySize: 16 };
/** Counting up modulo 13: every next token follows from the last. */
const tokens = Int32Array.from({ length: 600 }, (_, i) => i % 13);
const settings: PretrainSettings = {
  config,
  tokens,
  length: 12,
  batch: 4,
  steps: 60,
  learningRate: 0.01,
  warmupSteps: 4,
  weightDecay: 0.1,
  seed: 3,
};

async function steps(pretraining: Pretraining, count: number): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < count; i++) losses.push((await pretraining.next()).loss);
  return losses;
}

/** As a file would give it back. */
const copyOf = (state: PretrainState): PretrainState => structuredClone(state);

describe('pretraining', () => {
  beforeAll(() => useBackend('wasm'));

  it('begins with the loss of equal probabilities and learns', async () => {
    const losses = await steps(new Pretraining(settings), settings.steps);
    expect(losses[0]).toBeCloseTo(Math.log(16), 1);
    expect(losses.at(-1)).toBeLessThan(0.8);
  });

  it('goes on after a checkpoint as if nothing had happened, bit for bit', async () => {
    const whole = await steps(new Pretraining(settings), 30);
    const first = new Pretraining(settings);
    await steps(first, 13);
    const second = new Pretraining(settings, copyOf(first.state()));
    expect(second.step).toBe(13);
    expect(await steps(second, 17)).toEqual(whole.slice(13));
  });

  it('raises the learning rate, and lets it fall to a tenth', async () => {
    const pretraining = new Pretraining({ ...settings, steps: 8, warmupSteps: 2 });
    const rates: number[] = [];
    for (let i = 0; i < 9; i++) {
      rates.push(pretraining.learningRate);
      await pretraining.next();
    }
    expect(rates.slice(0, 3)).toEqual([0, 0.005, 0.01]);
    expect(rates[8]).toBeCloseTo(0.001);
  });
});

it('the first weights are small and normal, those that feed the residual stream smaller', () => {
  const weights = initialWeights({ ...TINY, layers: 8 }, 1);
  const deviation = (name: string) =>
    Math.hypot(...weights.get(name)!.values) / Math.sqrt(weights.get(name)!.values.length);
  expect(deviation('model.embed_tokens.weight')).toBeCloseTo(0.02, 3);
  expect(deviation('model.layers.3.mlp.down_proj.weight')).toBeCloseTo(0.02 / 4, 3);
  expect([...weights.get('model.norm.weight')!.values]).toEqual(new Array(16).fill(1));
});
