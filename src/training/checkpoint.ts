import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Problem, RanksweepError } from '../core/errors.js';
import { type ModelConfig, parseModelConfig, toHuggingFaceConfig } from './model-config.js';
import { readSafetensors, type StoredType, type TensorFile, writeSafetensors } from './safetensors.js';

/** A Hugging Face checkpoint in memory. */
export interface Checkpoint {
  config: ModelConfig;
  weights: TensorFile;
}

export const EMBEDDING = 'model.embed_tokens.weight';
export const FINAL_NORM = 'model.norm.weight';
export const HEAD = 'lm_head.weight';

/** The seven matrices of a layer: name inside the layer → sizes [out, in]. */
export function layerMatrices(config: ModelConfig): Record<string, [number, number]> {
  const { hiddenSize: d, intermediateSize: f } = config;
  const queries = config.heads * config.headDimension;
  const keys = config.keyValueHeads * config.headDimension;
  return {
    'self_attn.q_proj': [queries, d],
    'self_attn.k_proj': [keys, d],
    'self_attn.v_proj': [keys, d],
    'self_attn.o_proj': [d, queries],
    'mlp.gate_proj': [f, d],
    'mlp.up_proj': [f, d],
    'mlp.down_proj': [d, f],
  };
}

/** Every tensor of the model and its shape, in the order of the forward pass. */
export function weightShapes(config: ModelConfig): Map<string, number[]> {
  const { hiddenSize: d, vocabularySize } = config;
  const shapes = new Map<string, number[]>([[EMBEDDING, [vocabularySize, d]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `model.layers.${layer}`;
    shapes.set(`${path}.input_layernorm.weight`, [d]);
    for (const [name, shape] of Object.entries(layerMatrices(config))) {
      if (name === 'mlp.gate_proj') shapes.set(`${path}.post_attention_layernorm.weight`, [d]);
      shapes.set(`${path}.${name}.weight`, shape);
    }
  }
  shapes.set(FINAL_NORM, [d]);
  if (!config.tiedEmbeddings) shapes.set(HEAD, [vocabularySize, d]);
  return shapes;
}

export function parameterCount(config: ModelConfig): number {
  const sizes = [...weightShapes(config).values()].map((shape) => shape.reduce((a, b) => a * b, 1));
  return sizes.reduce((a, b) => a + b, 0);
}

/** @throws RanksweepError NOT_FOUND, or INVALID_INPUT naming every tensor that is missing or has another shape */
export async function loadCheckpoint(folder: string): Promise<Checkpoint> {
  const config = await loadModelConfig(folder);
  const file = join(folder, 'model.safetensors');
  const stored = await readSafetensors(file);
  return { config, weights: pickWeights(config, stored, file) };
}

export async function loadModelConfig(folder: string): Promise<ModelConfig> {
  const file = join(folder, 'config.json');
  const text = await readFile(file, 'utf8').catch((cause) => {
    const message = `${file} cannot be read: ${(cause as Error).message}`;
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

function pickWeights(config: ModelConfig, stored: TensorFile, file: string): TensorFile {
  const shapes = [...weightShapes(config)];
  const problems = shapes.flatMap(([name, shape]) => weightProblems(name, shape, stored));
  if (problems.length > 0) {
    const list = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
    throw new RanksweepError('INVALID_INPUT', `${file} does not fit its config.json: ${list}`, problems);
  }
  return new Map(shapes.map(([name]) => [name, stored.get(name)!]));
}

function weightProblems(name: string, shape: number[], stored: TensorFile): Problem[] {
  const found = stored.get(name)?.shape;
  if (!found) return [{ field: name, message: `missing, expected shape [${shape}]` }];
  if (`${found}` === `${shape}`) return [];
  return [{ field: name, message: `found shape [${found}], expected [${shape}]` }];
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
  for (const name of tokenizerFolder === folder ? [] : ['tokenizer.json', 'tokenizer_config.json']) {
    await copyFile(join(tokenizerFolder, name), join(folder, name));
  }
  await writeSafetensors(join(folder, 'model.safetensors'), weights, dtype);
}

const writeJson = (path: string, value: unknown) => writeFile(path, `${JSON.stringify(value, null, 2)}\n`);

/** SHA-256 over what decides the model's output: config.json, the tokenizer and the weights. */
export async function hashCheckpoint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['config.json', 'tokenizer.json', 'model.safetensors']) {
    hash.update(`${name}\n`);
    for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
