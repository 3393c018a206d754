import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import type { Backend } from '../../src/core/run-config.js';
import { AdapterSwitch } from '../../src/training/adapter-switch.js';
import { loadCheckpoint } from '../../src/training/checkpoint.js';
import { generate } from '../../src/training/generate.js';
import { loadAdapterFor } from '../../src/training/load-adapter.js';
import { testedBackends, useBackend } from './backend.js';

// Token by token what transformers writes, by test/fixtures/models/generate.py.
const FIXTURES = join('test', 'fixtures', 'models');
const { maxTokens, prompts, models } = JSON.parse(readFileSync(join(FIXTURES, 'generated.json'), 'utf8'));
/** Shows which tokens were written. */
const tokenizer = { endOfText: 0, decode: (ids: readonly number[]) => ids.join(' ') };
const options = { maxTokens, stop: [], tokensAtOnce: 1000 };

async function load(name: string): Promise<AdapterSwitch> {
  const base = await loadCheckpoint(join(FIXTURES, name));
  const adapters = new AdapterSwitch(base);
  adapters.add('adapter', await loadAdapterFor(join(FIXTURES, name, 'adapter'), base));
  return adapters;
}
const texts = (answers: number[][]) => answers.map((ids) => ids.join(' '));

/** All architectures on the backend that every clone has; one with biases on heads on the others. */
const namesOn = (backend: Backend) => (backend === 'wasm' ? Object.keys(models) : ['qwen3']);

describe.each(testedBackends())('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(namesOn(backend))('%s writes what transformers writes', async (name) => {
    const { config } = await loadCheckpoint(join(FIXTURES, name));
    const adapters = await load(name);
    const kept = tf.memory().numTensors;
    for (const [which, { answers }] of Object.entries<{ answers: number[][] }>(models[name])) {
      const layers = adapters.layers(which === 'base' ? null : which);
      expect(await generate(config, layers, tokenizer, prompts, options)).toEqual(texts(answers));
    }
    expect(tf.memory().numTensors).toBe(kept);
    adapters.dispose();
  });
});

it('writes the same for each prompt alone', async () => {
  await useBackend('wasm');
  const { config } = await loadCheckpoint(join(FIXTURES, 'llama'));
  const adapters = await load('llama');
  const alone = await generate(config, adapters.layers('adapter'), tokenizer, prompts, {
    ...options,
    tokensAtOnce: 1,
  });
  expect(alone).toEqual(texts(models.llama.adapter.answers));
  adapters.dispose();
});

it('ends before a stop text', async () => {
  await useBackend('wasm');
  const { config } = await loadCheckpoint(join(FIXTURES, 'llama'));
  const adapters = await load('llama');
  const [whole] = texts(models.llama.base.answers);
  const fourth = ` ${whole!.split(' ')[3]} `;
  const found = await generate(config, adapters.layers(null), tokenizer, [prompts[0]], {
    ...options,
    stop: [fourth],
  });
  expect(found).toEqual([whole!.slice(0, whole!.indexOf(fourth))]);
  adapters.dispose();
});
