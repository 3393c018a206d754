import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import type { RunConfigInput } from '../../src/core/run-config.js';
import { AdapterSwitch } from '../../src/training/adapter-switch.js';
import { loadCheckpoint } from '../../src/training/checkpoint.js';
import { forward, toRows } from '../../src/training/llama.js';
import { loadAdapter } from '../../src/training/load-adapter.js';
import { trainRun } from '../../src/training/train-run.js';
import { mergeModel } from '../../src/worker/merge-model.js';
import { useBackend } from './backend.js';
import { requirePython, whenPython } from './find-python.js';
import { makeRun, temporaryFolder } from './tiny-model.js';

// Adapters that were trained here with each of PEFT's options, and whole models made of them, are opened by PEFT and transformers.

const TRAINED: Record<string, Partial<RunConfigInput>> = {
  'DoRA with patterns': {
    lora: {
      useDora: true,
      rank: 4,
      rankPattern: { q_proj: 2, 'layers.1.mlp.down_proj': 6 },
      alphaPattern: { v_proj: 3 },
    },
  },
  'PiSSA with patterns': {
    lora: { initialization: 'pissa', rank: 4, rankPattern: { q_proj: 2 }, alphaPattern: { v_proj: 3 } },
  },
  'PiSSA, rsLoRA and DoRA': {
    lora: { initialization: 'pissa', rank: 3, useRslora: true, useDora: true, alphaPattern: { v_proj: 3 } },
  },
  'LoRA+ and saved norms': {
    lora: { rank: 2, modulesToSave: ['norm'] },
    optimizer: { learningRate: 0.01, loraPlusRatio: 8 },
  },
  'a saved embedding that is tied': { lora: { rank: 2, modulesToSave: ['embed_tokens'] } },
  'a saved head that is tied, and saved matrices': {
    lora: { rank: 2, modulesToSave: ['lm_head', 'v_proj'] },
  },
  'one module by its path, and the head': {
    lora: { rank: 2, targetModules: ['layers.1.mlp.up_proj', 'lm_head'] },
  },
};
const FIXTURES = join('test', 'fixtures');
/** PEFT's own adapters of GPT-2, whose matrices lie the other way round, merged here. */
const GPT2 = ['saved-gpt2', 'dora-rslora-gpt2'];
const ids = Int32Array.from({ length: 20 }, (_, i) => (i * 37 + 5) % 96);

interface Answer {
  adapters: { logits: number[]; missing: string[] }[];
  merged: number[][];
}
interface Made {
  model: string;
  adapter: string;
  merged: string;
}

whenPython('PEFT and transformers', () => {
  const made = new Map<string, Made>();
  let answer: Answer;

  beforeAll(async () => {
    await useBackend('wasm');
    for (const [name, changes] of Object.entries(TRAINED)) {
      const { config, folder } = await makeRun({ evaluations: [], steps: 4, ...changes });
      const { adapterFolder } = await trainRun(config, folder, {});
      made.set(name, await merge(config.model, adapterFolder!));
    }
    for (const name of GPT2) {
      made.set(name, await merge(join(FIXTURES, 'models', 'gpt2'), join(FIXTURES, 'peft', 'variants', name)));
    }
    answer = await ask([...made.values()]);
  }, 180_000);

  it.each([...Object.keys(TRAINED), ...GPT2])('%s', async (name) => {
    const { model, adapter, merged } = made.get(name)!;
    const i = [...made.keys()].indexOf(name);
    const found = await logitsOf(model, adapter);
    expect(largestDifference(found, await logitsOf(model, null))).toBeGreaterThan(0.05);
    expect(answer.adapters[i]!.missing).toEqual([]);
    expect(largestDifference(found, answer.adapters[i]!.logits)).toBeLessThan(1e-4);
    expect(largestDifference(found, answer.merged[i]!)).toBeLessThan(1e-4);
    expect(largestDifference(await logitsOf(merged, null), found)).toBeLessThan(1e-4);
  });
});

async function merge(model: string, adapter: string): Promise<Made> {
  const merged = join(await temporaryFolder(), 'merged');
  await mergeModel({ model, adapter, scale: 1, output: merged, dtype: 'F32' });
  return { model, adapter, merged };
}

async function ask(made: Made[]): Promise<Answer> {
  const file = join(await temporaryFolder(), 'question.json');
  const adapters = made.map(({ model, adapter }) => [model, adapter]);
  await writeFile(
    file,
    JSON.stringify({ ids: [...ids], adapters, merged: made.map(({ merged }) => merged) }),
  );
  const script = join('test', 'training', 'open-variants.py');
  const output = execFileSync(requirePython(), [script, file], {
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(output.toString());
}

async function logitsOf(model: string, adapter: string | null): Promise<number[]> {
  const base = await loadCheckpoint(model);
  const switched = new AdapterSwitch(base);
  if (adapter) switched.add('one', await loadAdapter(adapter, base.config));
  const layers = switched.layers(adapter ? 'one' : null);
  const values = tf.tidy(() => [
    ...forward(base.config, layers, toRows(base.config, ids, ids.length)).dataSync(),
  ]);
  switched.dispose();
  return values;
}

const largestDifference = (a: number[], b: number[]) => {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
};
