/**
 * Makes models/nano, the small base model: `npm run build:server && npm run pretrain`. About an hour on one core with native TensorFlow
 * (`npm run setup:native`). Ended at any moment, it goes on from its last checkpoint when it is started again.
 *
 *   --output DIR          where checkpoints and the curve go       .cache/pretrain
 *   --steps N             optimiser steps of batch×256 tokens      4800
 *   --learning-rate X     peak                                     0.004
 *   --batch N             rows of 256 tokens per step              16
 *   --backend NAME        of TensorFlow.js                         tfjs-node
 *   --install             put the result into models/nano when done
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { corpusDocuments } from './make-corpus.mjs';
import { writeReport } from './pretrain-report.mjs';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const built = join(repository, 'dist', 'src', 'training');
const training = (name) => import(join(built, `${name}.js`));
const CHECKPOINT_INTERVAL = 500;
const CURVE_INTERVAL = 50;

const { values: options } = parseArgs({
  options: {
    output: { type: 'string', default: join(repository, '.cache', 'pretrain') },
    steps: { type: 'string', default: '4800' },
    'learning-rate': { type: 'string', default: '0.004' },
    batch: { type: 'string', default: '16' },
    backend: { type: 'string', default: 'tfjs-node' },
    install: { type: 'boolean', default: false },
  },
});
const output = resolve(options.output);
const model = join(repository, 'models', 'nano');

/** About 0.94 M parameters. */
const config = {
  architecture: 'LlamaForCausalLM',
  vocabularySize: 1024,
  hiddenSize: 128,
  intermediateSize: 352,
  layers: 4,
  heads: 4,
  keyValueHeads: 4,
  headDimension: 32,
  contextLength: 256,
  slidingWindow: null,
  normEpsilon: 1e-5,
  activation: 'silu',
  attentionScaling: { byDimension: true, byLayer: false },
  ropeTheta: 10_000,
  ropeScaling: null,
  tiedEmbeddings: true,
  biases: [],
};

async function main() {
  mkdirSync(output, { recursive: true });
  const { loadTokenizer } = await training('tokenizer');
  const tokenizer = await loadTokenizer(model);
  const tokens = corpusTokens(tokenizer);
  const steps = Number(options.steps);
  const settings = {
    config: { ...config, vocabularySize: tokenizer.vocabularySize },
    tokens,
    length: config.contextLength,
    batch: Number(options.batch),
    steps,
    learningRate: Number(options['learning-rate']),
    warmupSteps: Math.min(100, Math.ceil(steps / 10)),
    weightDecay: 0.1,
    seed: 20261124,
  };
  const { chooseBackend } = await training('backends');
  const backend = await chooseBackend(options.backend);
  console.log(
    `${tokens.length} tokens of text; ${JSON.stringify({ ...settings, tokens: undefined })}; ${backend.backend}`,
  );
  writeFileSync(join(output, 'settings.json'), JSON.stringify({ ...settings, tokens: undefined }, null, 1));
  await train(settings, tokenizer);
  await writeReport(output);
  if (options.install)
    for (const name of readdirSync(join(output, 'model')))
      copyFileSync(join(output, 'model', name), join(model, name));
}

/** Every document's tokens and one end-of-text token after it; kept in a file, since encoding takes a minute. */
function corpusTokens(tokenizer) {
  const file = join(output, 'tokens.bin');
  if (!existsSync(file)) {
    const tokens = corpusDocuments().flatMap((document) => [
      ...tokenizer.encode(document),
      tokenizer.endOfText,
    ]);
    writeFileSync(file, new Uint8Array(Int32Array.from(tokens).buffer));
  }
  return new Int32Array(Uint8Array.from(readFileSync(file)).buffer);
}

async function train(settings, tokenizer) {
  const { Pretraining } = await training('pretrain');
  const pretraining = new Pretraining(settings, await readState());
  const curve = readCurve().filter(({ step }) => step <= pretraining.step);
  let [losses, began] = [[], Date.now()];
  while (pretraining.step < settings.steps) {
    const learningRate = pretraining.learningRate;
    const { loss, gradientNorm } = await pretraining.next();
    if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss} at step ${pretraining.step}`);
    losses.push(loss);
    const { step } = pretraining;
    if (step % CURVE_INTERVAL === 0 || step === settings.steps) {
      const mean = losses.reduce((a, b) => a + b, 0) / losses.length;
      const tokensPerSecond =
        (losses.length * settings.batch * settings.length * 1000) / (Date.now() - began);
      curve.push({
        step,
        loss: round(mean),
        learningRate: round(learningRate),
        gradientNorm: round(gradientNorm),
      });
      writeFileSync(
        join(output, 'curve.json'),
        `[\n${curve.map((point) => JSON.stringify(point)).join(',\n')}\n]\n`,
      );
      console.log(
        `${step}/${settings.steps} loss ${mean.toFixed(4)} ${Math.round(tokensPerSecond)} tokens/s`,
      );
      [losses, began] = [[], Date.now()];
    }
    if (step % CHECKPOINT_INTERVAL === 0 || step === settings.steps) {
      await writeState(pretraining.state());
      await writeModel(join(output, 'model'), settings, pretraining, tokenizer);
    }
  }
}

const round = (x) => Number(x.toPrecision(6));

function readCurve() {
  const file = join(output, 'curve.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}

/** The state of training is one file, so that it is whole or not there. */
async function writeState({ step, parameters, m, v }) {
  const { writeSafetensors } = await training('safetensors');
  const all = new Map([['step', { shape: [1], values: Float32Array.of(step) }]]);
  for (const [part, tensors] of Object.entries({ parameters, m, v })) {
    for (const [name, tensor] of tensors) all.set(`${part}/${name}`, tensor);
  }
  await writeSafetensors(join(output, 'state.safetensors'), all);
}

async function readState() {
  const file = join(output, 'state.safetensors');
  if (!existsSync(file)) return undefined;
  const { readSafetensors } = await training('safetensors');
  const all = await readSafetensors(file);
  const part = (prefix) =>
    new Map(
      [...all].filter(([name]) => name.startsWith(prefix)).map(([name, t]) => [name.slice(prefix.length), t]),
    );
  const step = all.get('step').values[0];
  console.log(`goes on after step ${step}`);
  return { step, parameters: part('parameters/'), m: part('m/'), v: part('v/') };
}

/** A folder that transformers opens; it takes the place of the one before at once. */
async function writeModel(folder, { config }, { weights }, { endOfText }) {
  const { saveCheckpoint } = await training('checkpoint');
  const options = { dtype: 'F16', endOfText, tokenizerFolder: model };
  await saveCheckpoint(`${folder}.partial`, { config, weights }, options);
  rmSync(folder, { recursive: true, force: true });
  renameSync(`${folder}.partial`, folder);
}

try {
  if (!existsSync(built)) throw new Error('The trainer is not built: npm run build:server');
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
