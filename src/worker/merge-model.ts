import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { RanksweepError } from '../core/errors.js';
import { PROVENANCE } from '../training/adapter-files.js';
import { type Checkpoint, hashCheckpoint, loadCheckpoint } from '../training/checkpoint.js';
import { isGguf } from '../training/gguf/gguf-model.js';
import { readGgufTokenizer } from '../training/gguf/gguf-tokenizer.js';
import { parameterCount } from '../training/layout.js';
import { type LoadedAdapter, loadAdapterFor } from '../training/load-adapter.js';
import { mergedCheckpoint } from '../training/merge-adapter.js';
import { toHuggingFaceConfig } from '../training/model-config.js';
import type { StoredType } from '../training/safetensors.js';
import { writeWeights } from '../training/sharded-weights.js';
import { toStored } from '../training/stored-weights.js';
import { loadTokenizer } from '../training/tokenizer.js';

export interface MergeSettings {
  /** a Hugging Face folder or a GGUF file */
  model: string;
  /** a folder in PEFT's layout */
  adapter: string;
  /** multiplies the adapter's own scales */
  scale: number;
  /** a folder that is not there yet, or empty */
  output: string;
  dtype: StoredType;
}

export interface MergedModel {
  output: string;
  architecture: string;
  parameters: number;
  dtype: StoredType;
  /** what B·A was multiplied by, by module path */
  scales: Record<string, number>;
  /** modules that came whole with the adapter */
  saved: string[];
  files: string[];
  /** for people */
  warnings: string[];
}

/** Beside the weights: what a tokenizer and generation need, as Hugging Face names it. */
const COMPANIONS = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
  'chat_template.jinja',
  'generation_config.json',
];
const TORCH_NAMES = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/**
 * Writes the model with the adapter in its weights as a Hugging Face folder, for any program that knows no adapters. The folder appears
 * whole or not at all.
 * @throws RanksweepError NOT_FOUND or INVALID_INPUT, before anything is written
 */
export async function mergeModel(settings: MergeSettings): Promise<MergedModel> {
  const { model, scale, dtype } = settings;
  const output = resolve(settings.output);
  await checkOutput(output);
  const base = await loadCheckpoint(model);
  const adapter = await loadAdapterFor(settings.adapter, base);
  const warnings = await baseWarnings(model, adapter);
  const merged = mergedCheckpoint(base, adapter, scale);
  const scales = Object.fromEntries([...adapter.scales].map(([module, own]) => [module, own * scale]));
  const aside = `${output}.partial`;
  await mkdir(aside, { recursive: true });
  try {
    warnings.push(...(await writeFolder(aside, merged, settings)));
    await writeJson(join(aside, PROVENANCE), {
      merged: { ...settings, scales, provenance: adapter.provenance },
    });
    await rm(output, { recursive: true, force: true });
    await rename(aside, output);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return {
    ...{ output, architecture: base.config.architecture, parameters: parameterCount(merged.config), dtype },
    ...{ scales, saved: [...adapter.saved.keys()], files: await readdir(output), warnings },
  };
}

async function checkOutput(output: string): Promise<void> {
  const found = await readdir(output).catch(() => []);
  if (found.length === 0) return;
  const message = `${output} is not empty`;
  throw new RanksweepError('INVALID_INPUT', message, [{ field: '--output', message }]);
}

/** A base of the same shape may be the wrong one. */
async function baseWarnings(model: string, { provenance }: LoadedAdapter): Promise<string[]> {
  if (!provenance) return [];
  const { path, hash } = provenance.base;
  const other = `warning: the adapter was trained on ${path}, and ${model} has other content than that had`;
  const { quantization = 'none' } = provenance.config;
  const rounded = `warning: the adapter was trained on a base in ${quantization}, and is merged into weights that are not rounded`;
  return [
    ...((await hashCheckpoint(model)) === hash ? [] : [other]),
    ...(quantization === 'none' ? [] : [rounded]),
  ];
}

/** @returns warnings */
async function writeFolder(
  folder: string,
  merged: Checkpoint,
  { model, dtype }: MergeSettings,
): Promise<string[]> {
  await writeWeights(folder, toStored(merged.config, merged.weights), dtype);
  if (isGguf(model)) return writeGgufCompanions(folder, merged, model, dtype);
  await copyCompanions(folder, merged, model, dtype);
  return [];
}

/** The model's own config.json, in which only the type of the weights and the tie of the head can change. */
async function copyCompanions(folder: string, { config }: Checkpoint, model: string, dtype: StoredType) {
  const {
    torch_dtype: _,
    dtype: _newer,
    ...own
  } = JSON.parse(await readFile(join(model, 'config.json'), 'utf8'));
  const changed = { torch_dtype: TORCH_NAMES[dtype], tie_word_embeddings: config.tiedEmbeddings };
  await writeJson(join(folder, 'config.json'), { ...own, architectures: [config.architecture], ...changed });
  for (const name of COMPANIONS.filter((name) => existsSync(join(model, name)))) {
    await copyFile(join(model, name), join(folder, name));
  }
}

/** Not every tokenizer of a GGUF file can be written as tokenizer.json: the weights are of use without it. */
async function writeGgufCompanions(
  folder: string,
  { config }: Checkpoint,
  model: string,
  dtype: StoredType,
): Promise<string[]> {
  const found = await ggufTokenizer(model);
  const { bos_token_id, eos_token_id, ...json } = toHuggingFaceConfig(
    config,
    found instanceof Error ? 0 : found.endOfText,
    TORCH_NAMES[dtype],
  );
  if (found instanceof Error) {
    await writeJson(join(folder, 'config.json'), json);
    return [`warning: the merged folder has no tokenizer: ${found.message}`];
  }
  const ends = { bos_token_id, eos_token_id };
  await writeJson(join(folder, 'config.json'), { ...json, ...ends });
  await writeJson(join(folder, 'tokenizer.json'), found.model);
  await writeJson(join(folder, 'tokenizer_config.json'), found.config);
  await writeJson(join(folder, 'generation_config.json'), { ...ends, pad_token_id: found.endOfText });
  return [];
}

async function ggufTokenizer(model: string) {
  try {
    const { endOfText } = await loadTokenizer(model);
    return { ...(await readGgufTokenizer(model)), endOfText };
  } catch (error) {
    if (error instanceof RanksweepError) return error;
    throw error;
  }
}

const writeJson = (path: string, value: unknown) => writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
