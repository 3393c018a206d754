import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Problem, RanksweepError } from '../core/errors.js';
import type { RunConfig } from '../core/run-config.js';
import { whyUnreadable } from '../core/unreadable.js';
import { isGguf, loadGgufConfig, readGgufModel } from './gguf/gguf-model.js';
import { readGgufTokenizer } from './gguf/gguf-tokenizer.js';
import { tensorNames, weightShapes } from './layout.js';
import { type ModelConfig, parseModelConfig, toHuggingFaceConfig } from './model-config.js';
import {
  dequantize,
  type Quantization,
  type QuantizedMatrices,
  quantize,
  quantizes,
} from './quantization/quantized-matrix.js';
import { type NamedTensor, type StoredType, type TensorFile, writeSafetensors } from './safetensors.js';
import { hashFiles, hashFolder, readStoredWeights, toStored, weightFiles } from './stored-weights.js';
import { CHAT_TEMPLATE, TOKENIZER, TOKENIZER_CONFIG } from './tokenizer-files.js';

/** A model in memory: from a Hugging Face folder or a GGUF file. */
export interface Checkpoint {
  config: ModelConfig;
  weights: TensorFile;
  /** the matrices that are kept as codes, which are not among `weights`; absent without quantisation */
  quantized?: QuantizedMatrices;
}

/** A weight as every product sees it, whether it is kept as codes or not. */
export function weightValues({ weights, quantized }: Checkpoint, name: string): NamedTensor {
  const matrix = quantized?.get(name);
  return matrix ? dequantize(matrix) : weights.get(name)!;
}

/**
 * @param quantization how the linear layers are kept: each is turned into codes as soon as it is read
 * @throws RanksweepError NOT_FOUND, or INVALID_INPUT naming every tensor that is missing, has another shape or is not finite
 */
export async function loadCheckpoint(
  folder: string,
  quantization: RunConfig['quantization'] = 'none',
): Promise<Checkpoint> {
  const read: TensorFile = new Map();
  const quantized: QuantizedMatrices = new Map();
  const isQuantized = quantization === 'none' ? () => false : quantizes(await loadModelConfig(folder));
  const config = await readCheckpoint(folder, (name, tensor) => {
    if (isQuantized(name)) quantized.set(name, quantize(tensor, quantization as Quantization));
    else read.set(name, { shape: tensor.shape, values: tensor.values.slice() });
  });
  // Files have an order of their own.
  const names = [...weightShapes(config).keys()].filter((name) => read.has(name));
  const weights = new Map(names.map((name) => [name, read.get(name)!]));
  return quantization === 'none' ? { config, weights } : { config, weights, quantized };
}

/**
 * Hands on the weights one after the other, each checked, so that not all need to be in memory.
 * @param take must copy what it keeps
 * @returns the config
 * @throws as loadCheckpoint, at the end, when what was in order has been handed on
 */
export async function readCheckpoint(
  folder: string,
  take: (name: string, tensor: NamedTensor) => void,
): Promise<ModelConfig> {
  const config = await loadModelConfig(folder);
  const shapes = weightShapes(config);
  const head = new OwnHead(config);
  const wrong = new Map([...shapes].map(([name, shape]) => [name, missing(name, shape)]));
  const check = (name: string, tensor: NamedTensor) => {
    head.see(name, tensor);
    const shape = shapes.get(name);
    if (!shape) return;
    const problem = weightProblem(name, shape, tensor);
    if (problem) wrong.set(name, problem);
    else if (wrong.delete(name)) take(name, tensor);
  };
  const complete = isGguf(folder)
    ? await readGgufModel(folder, check)
    : await readStoredWeights(folder, config, check).then(() => config);
  refuse(folder, [...wrong.values()]);
  const own = head.found();
  if (!own) return complete;
  const { head: name } = tensorNames(config);
  const problem = weightProblem(name, [config.vocabularySize, config.hiddenSize], own);
  if (problem) refuse(folder, [problem]);
  take(name, own);
  return { ...complete, tiedEmbeddings: false };
}

/** A file may have a head beside the embedding although the config ties the two: if they differ, transformers 5 ties nothing. */
class OwnHead {
  private head: NamedTensor | null = null;
  /** Of the embedding a hash is enough, so that no second copy of it is made. */
  private embedding = '';

  constructor(private readonly config: ModelConfig) {}

  see(name: string, { shape, values }: NamedTensor): void {
    const { embedding, head } = tensorNames(this.config);
    if (!this.config.tiedEmbeddings) return;
    if (name === head) this.head = { shape, values: values.slice() };
    if (name === embedding) this.embedding = hashOf(values);
  }

  /** null: there is none, or it is the embedding */
  found(): NamedTensor | null {
    return this.head && hashOf(this.head.values) !== this.embedding ? this.head : null;
  }
}

const hashOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');

export async function loadModelConfig(folder: string): Promise<ModelConfig> {
  if (isGguf(folder)) return loadGgufConfig(folder);
  const file = join(folder, 'config.json');
  const text = await readFile(file, 'utf8').catch((cause) => {
    const message = `${file} cannot be read: ${whyUnreadable(cause)}`;
    throw new RanksweepError('NOT_FOUND', message, [{ field: 'model', message }]);
  });
  return parseModelConfig(parseJson(text, file), file);
}

function parseJson(text: string, file: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RanksweepError('INVALID_INPUT', `${file} is not JSON: ${(cause as Error).message}`);
  }
}

function refuse(folder: string, problems: Problem[]): void {
  if (problems.length === 0) return;
  const list = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
  throw new RanksweepError('INVALID_INPUT', `${folder} does not fit its config.json: ${list}`, problems);
}

const missing = (field: string, shape: number[]): Problem => ({
  field,
  message: `missing, expected shape [${shape}]`,
});

function weightProblem(field: string, shape: number[], found: NamedTensor): Problem | null {
  if (`${found.shape}` !== `${shape}`)
    return { field, message: `found shape [${found.shape}], expected [${shape}]` };
  const bad = found.values.find((value) => !Number.isFinite(value));
  return bad === undefined ? null : { field, message: `found ${bad}, expected finite numbers` };
}

/**
 * Writes config.json, generation_config.json and model.safetensors, so that transformers opens the folder.
 * @param tokenizerFolder where tokenizer.json and tokenizer_config.json are copied from
 */
export async function saveCheckpoint(
  folder: string,
  { config, weights }: Checkpoint,
  options: { dtype: StoredType; endOfText: number; tokenizerFolder: string },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { dtype, endOfText, tokenizerFolder } = options;
  const torchName = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' }[dtype];
  await writeJson(join(folder, 'config.json'), toHuggingFaceConfig(config, endOfText, torchName));
  const generation = { bos_token_id: endOfText, eos_token_id: endOfText, pad_token_id: endOfText };
  await writeJson(join(folder, 'generation_config.json'), generation);
  if (tokenizerFolder !== folder) await saveTokenizer(tokenizerFolder, folder);
  await writeSafetensors(join(folder, 'model.safetensors'), toStored(config, weights), dtype);
}

async function saveTokenizer(from: string, folder: string): Promise<void> {
  if (isGguf(from)) {
    const { model, config } = await readGgufTokenizer(from);
    await writeJson(join(folder, TOKENIZER), model);
    await writeJson(join(folder, TOKENIZER_CONFIG), config);
    return;
  }
  for (const name of [TOKENIZER, TOKENIZER_CONFIG, CHAT_TEMPLATE]) {
    if (name === CHAT_TEMPLATE && !existsSync(join(from, name))) continue;
    await copyFile(join(from, name), join(folder, name));
  }
}

const writeJson = (path: string, value: unknown) => writeFile(path, `${JSON.stringify(value, null, 2)}\n`);

/** Beside what is hashed: how chats are written, and what other programs want to know. */
const BESIDE = [TOKENIZER_CONFIG, CHAT_TEMPLATE, 'generation_config.json', 'special_tokens_map.json'];

/** Paths of the files that a model is opened from, relative to its folder; the one name "" if it is a file itself. */
export async function checkpointFiles(folder: string): Promise<string[]> {
  if (isGguf(folder)) return [''];
  const beside = BESIDE.filter((name) => existsSync(join(folder, name)));
  return ['config.json', TOKENIZER, ...beside, ...(await weightFiles(folder))];
}

/** SHA-256 over what decides the model's output: config.json, the tokenizer and the weights. */
export function hashCheckpoint(folder: string): Promise<string> {
  return isGguf(folder) ? hashFiles(folder, ['']) : hashFolder(folder);
}
