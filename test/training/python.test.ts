import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { type Checkpoint, loadCheckpoint } from '../../src/training/checkpoint.js';
import { frozenLayers, toTensors } from '../../src/training/layers.js';
import { forward, type Layers, toRows } from '../../src/training/llama.js';
import { loadAdapter } from '../../src/training/load-adapter.js';
import { loraLayers } from '../../src/training/lora.js';
import { loadTokenizer } from '../../src/training/tokenizer.js';
import { trainRun } from '../../src/training/train-run.js';
import { requirePython, whenPython } from './find-python.js';
import { makeRun } from './tiny-model.js';

// What this program writes is opened by Hugging Face transformers and PEFT themselves.

const MODEL = join('models', 'nano');
const TEXT = 'The ship left Boston on 3 May 1861, with 14 men.';

interface Answer {
  ids: number[];
  base: number[];
  adapted: number[];
  merged: number[];
}

whenPython('transformers and PEFT', () => {
  let base: Checkpoint;
  let adapterFolder: string;
  let answer: Answer;

  beforeAll(async () => {
    const lora = { rank: 4, alpha: 8, useRslora: true };
    const { config, folder } = await makeRun({ model: MODEL, lora, optimizer: { learningRate: 0.02 } });
    const result = await trainRun(config, folder, {});
    adapterFolder = result.adapterFolder!;
    base = await loadCheckpoint(MODEL);
    const script = join('test', 'training', 'open-in-python.py');
    const output = execFileSync(requirePython(), [script, MODEL, adapterFolder, TEXT], {
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 26,
    });
    answer = JSON.parse(output.toString());
  }, 120_000);

  const logitsOf = (layers: Layers) =>
    tf.tidy(() => {
      const rows = toRows(base.config, Int32Array.from(answer.ids), answer.ids.length);
      return [...forward(base.config, layers, rows).dataSync()];
    });

  const largestDifference = (a: number[], b: number[]) =>
    Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

  it('read models/nano as it is read here', async () => {
    const tokenizer = await loadTokenizer(MODEL);
    expect(tokenizer.encode(TEXT)).toEqual(answer.ids);
    const found = logitsOf(frozenLayers(base.config, toTensors(base.weights)));
    expect(largestDifference(found, answer.base)).toBeLessThan(1e-4);
  });

  it('apply an adapter that was trained here as it is applied here, scale included', async () => {
    const { weights, scale } = await loadAdapter(adapterFolder, base.config);
    const frozen = toTensors(base.weights);
    const found = logitsOf(loraLayers(frozenLayers(base.config, frozen), frozen, toTensors(weights), scale));
    expect(largestDifference(answer.adapted, answer.base)).toBeGreaterThan(0.1);
    expect(largestDifference(found, answer.adapted)).toBeLessThan(2e-4);
    expect(largestDifference(found, answer.merged)).toBeLessThan(2e-4);
  });
});
