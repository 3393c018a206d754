import { createHash, type Hash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RanksweepError } from '../core/errors.js';
import { whyUnreadable } from '../core/unreadable.js';
import { tensorNames, weightShapes } from './layout.js';
import type { ModelConfig } from './model-config.js';
import { eachTensor, type NamedTensor, type TensorFile } from './safetensors.js';

// The weights of a Hugging Face folder: one file, or shards and an index; GPT-2's linear layers lie there as [in,out] (Conv1D).

const SINGLE = 'model.safetensors';
const PICKLED = 'pytorch_model.bin';
const INDEX = 'model.safetensors.index.json';

/** What is read for the weights: the file, or the index and its shards. Paths inside the folder. */
export async function weightFiles(folder: string): Promise<string[]> {
  if (existsSync(join(folder, SINGLE))) return [SINGLE];
  if (!existsSync(join(folder, INDEX)))
    return existsSync(join(folder, PICKLED)) ? refusePickle(folder) : [SINGLE];
  return [INDEX, ...new Set(Object.values(await readIndex(join(folder, INDEX))))].sort();
}

function refusePickle(folder: string): never {
  const message = `${join(folder, PICKLED)}: a pickle can run any program, so that it is not read: save it as ${SINGLE}`;
  throw new RanksweepError('INVALID_INPUT', message, [{ field: 'model', message }]);
}

async function readIndex(file: string): Promise<Record<string, string>> {
  const map = parseIndex(await readFile(file, 'utf8'));
  const isShard = (shard: unknown) => typeof shard === 'string' && shard !== '' && basename(shard) === shard;
  if (map && Object.values(map).every(isShard)) return map as Record<string, string>;
  throw new RanksweepError(
    'INVALID_INPUT',
    `${file}: expected {"weight_map": {tensor: file in this folder}}`,
  );
}

function parseIndex(text: string): Record<string, unknown> | null {
  try {
    const map = JSON.parse(text)?.weight_map;
    return typeof map === 'object' && map !== null ? map : null;
  } catch {
    return null;
  }
}

/**
 * The tensors of the folder that the model has, one after the other, under the names of layout.ts; a head also if the config ties it.
 * @throws RanksweepError NOT_FOUND or INVALID_INPUT
 */
export async function readStoredWeights(
  folder: string,
  config: ModelConfig,
  take: (name: string, tensor: NamedTensor) => void,
): Promise<void> {
  const isGpt2 = config.architecture === 'GPT2LMHeadModel';
  const names = new Set([...weightShapes(config).keys(), tensorNames(config).head]);
  const prefix = isGpt2 ? 'transformer.' : 'model.';
  // OpenAI's own files leave it out, and so does a model that was saved without its head.
  const nameOf = (stored: string) => (names.has(stored) ? stored : `${prefix}${stored}`);
  const wanted = (stored: string) => names.has(nameOf(stored));
  for (const file of await weightFiles(folder)) {
    if (file === INDEX) continue;
    await eachTensor(join(folder, file), wanted, (stored, tensor) => {
      const name = nameOf(stored);
      take(name, isGpt2 ? fromConv1d(name, tensor) : tensor);
    });
  }
}

/** As transformers stores them. */
export function toStored(config: ModelConfig, weights: TensorFile): TensorFile {
  return config.architecture === 'GPT2LMHeadModel' ? transposeConv1d(weights) : weights;
}

function transposeConv1d(weights: TensorFile): TensorFile {
  return new Map([...weights].map(([name, tensor]) => [name, fromConv1d(name, tensor)]));
}

/** [in,out] ↔ [out,in] */
function fromConv1d(name: string, tensor: NamedTensor): NamedTensor {
  const isConv1d = /\.c_(attn|proj|fc)\.weight$/.test(name) && tensor.shape.length === 2;
  return isConv1d ? transpose(tensor) : tensor;
}

function transpose({ shape, values }: NamedTensor): NamedTensor {
  const [rows, columns] = shape as [number, number];
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = values[row * columns + column]!;
  }
  return { shape: [columns, rows], values: turned };
}

/** SHA-256 over what decides the model's output: config.json, the tokenizer and the weights. */
export async function hashFolder(folder: string): Promise<string> {
  return hashFiles(folder, ['config.json', 'tokenizer.json', ...(await weightFiles(folder))]);
}

/** SHA-256 over names and contents. @throws RanksweepError NOT_FOUND */
export async function hashFiles(folder: string, names: string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const name of names) {
    hash.update(`${name}\n`);
    await hashInto(hash, join(folder, name));
  }
  return hash.digest('hex');
}

async function hashInto(hash: Hash, file: string): Promise<void> {
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (cause) {
    const message = `${file} cannot be read: ${whyUnreadable(cause)}`;
    throw new RanksweepError('NOT_FOUND', message, [{ field: 'model', message }]);
  }
}
