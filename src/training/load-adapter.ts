import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Problem, RanksweepError } from '../core/errors.js';
import {
  type AdaptedModule,
  type AdapterSettings,
  adaptedEmbeddings,
  adaptedModules,
  HEAD,
  loraScale,
  moduleOf,
  savedTensors,
  scalesOf,
  weightName,
} from './adapted-modules.js';
import { type AdapterProvenance, PEFT_CONFIG, PEFT_WEIGHTS, PROVENANCE } from './adapter-files.js';
import {
  keyOfA,
  keyOfB,
  keyOfBaseCopy,
  keyOfMagnitude,
  keyOfSaved,
  keyOfTokenRows,
  withoutBaseLayer,
} from './adapter-keys.js';
import { expectedShapes, weightProblems } from './adapter-shapes.js';
import type { Checkpoint } from './checkpoint.js';
import type { Json } from './config-values.js';
import { tensorNames, weightShapes } from './layout.js';
import type { ModelConfig } from './model-config.js';
import { peftProblems, readPeftSettings } from './peft-config.js';
import { fromUnconverted } from './pissa.js';
import { readSafetensors, type TensorFile } from './safetensors.js';
import { toStored } from './stored-weights.js';

export interface LoadedAdapter {
  lora: AdapterSettings;
  /** what B·A is multiplied by where no pattern says otherwise */
  scale: number;
  /** by module path, from the config and checked against ranksweep.json where that is there */
  scales: Map<string, number>;
  /** all of the file, by PEFT's keys; GPT-2's matrices as they are here, [out,in] */
  tensors: TensorFile;
  /** of it, A and B of each module */
  weights: TensorFile;
  /** DoRA's length of each output by module path; empty without DoRA */
  magnitudes: Map<string, Float32Array>;
  /** modules_to_save: tensors of the base that the adapter replaces, by their names there */
  saved: TensorFile;
  /** the base's own weights that PEFT writes beside an adapter of the head, by module path: checkBaseCopies compares them */
  baseCopies: TensorFile;
  /** A and B are what PiSSA took out of the base and trained: loadAdapterFor makes them relative to the base */
  isPissa: boolean;
  /** null for an adapter that another program made */
  provenance: AdapterProvenance | null;
}

const MOST_SHOWN = 20;
const PICKLED = 'adapter_model.bin';

/**
 * Reads an adapter in PEFT's layout for a base model. Nothing is skipped: a missing, foreign or misshapen matrix, an option that is
 * not built here, and a scale that differs from the one it was trained with are errors.
 * @throws RanksweepError NOT_FOUND or INVALID_INPUT naming all of them
 */
export async function loadAdapter(folder: string, base: ModelConfig): Promise<LoadedAdapter> {
  const file = join(folder, PEFT_CONFIG);
  const json = await readJson(file);
  if (!json) throw new RanksweepError('NOT_FOUND', `${file} is missing: not the folder of an adapter`);
  refuse(file, peftProblems(json));
  const lora = withTiedModules(readPeftSettings(json), json, base);
  const modules = adaptedModules(lora, base);
  const embeddings = adaptedEmbeddings(lora, base);
  if (modules.size + embeddings.size === 0) refuse(file, [nothingAdapted(lora, base)]);
  refuse(file, embeddingProblems(lora, embeddings, base));
  const stored = await readStored(folder, base);
  const replaced = new Map([...savedTensors(lora, base), ...ownBiases(lora, modules, base)]);
  refuse(
    join(folder, PEFT_WEIGHTS),
    weightProblems(stored, expectedShapes(lora, base, replaced), [...modules.keys(), ...embeddings.keys()]),
  );
  const provenance = (await readJson(join(folder, PROVENANCE))) as AdapterProvenance | null;
  const scales = scalesOf(new Map([...embeddings, ...modules]));
  refuse(file, scaleProblems(scales, provenance));
  const parts = sorted(stored, modules, embeddings, replaced);
  const isPissa = json.init_lora_weights === 'pissa';
  return { lora, scale: loraScale(lora), scales, tensors: stored, ...parts, isPissa, provenance };
}

/** The file's tensors by what they are for. */
function sorted(
  stored: TensorFile,
  modules: Map<string, AdaptedModule>,
  embeddings: Map<string, AdaptedModule>,
  replaced: Map<string, number[]>,
) {
  const matrices = [...modules.keys()].flatMap((path) => [keyOfA(path), keyOfB(path)]);
  const magnitudes = [...modules.keys()].filter((path) => stored.has(keyOfMagnitude(path)));
  return {
    weights: new Map(matrices.map((key) => [key, stored.get(key)!])),
    magnitudes: new Map(magnitudes.map((path) => [path, stored.get(keyOfMagnitude(path))!.values])),
    baseCopies: new Map(
      [...modules.keys(), ...embeddings.keys()].flatMap((path) => {
        const copy = stored.get(keyOfBaseCopy(path));
        return copy ? [[path, copy] as const] : [];
      }),
    ),
    saved: new Map([...replaced.keys()].map((name) => [name, stored.get(keyOfSaved(name))!])),
  };
}

/**
 * Reads an adapter for a base whose values are at hand, and fits it to them.
 * @throws RanksweepError as loadAdapter, and INVALID_INPUT for a copy of a weight that is not this base's
 */
export async function loadAdapterFor(folder: string, base: Checkpoint): Promise<LoadedAdapter> {
  const adapter = await loadAdapter(folder, base.config);
  checkBaseCopies(folder, adapter, base);
  return withTokenRows(adapter.isPissa ? fromUnconverted(adapter, base) : adapter, base);
}

/** PEFT would put such a copy in the base's place; here it has to be the base's. */
function checkBaseCopies(folder: string, { baseCopies }: LoadedAdapter, base: Checkpoint): void {
  const differs = ([module, { values }]: [string, { values: Float32Array }]) =>
    base.weights.get(weightName(module, base.config))!.values.some((value, i) => value !== values[i]);
  const problems = [...baseCopies].filter(differs).map(([module]) => ({
    field: keyOfBaseCopy(module),
    message: `found another weight than the model's ${weightName(module, base.config)}: it was trained on another base`,
  }));
  refuse(join(folder, PEFT_WEIGHTS), problems);
}

/**
 * The adapter with what depends on the base's own values: the whole embedding, where it has new rows of it (trainable_token_indices), and
 * the tied head with it.
 */
function withTokenRows(adapter: LoadedAdapter, { config, weights }: Checkpoint): LoadedAdapter {
  const { embedding, head } = tensorNames(config);
  const rows = adapter.tensors.get(keyOfTokenRows(moduleOf(embedding)));
  if (!rows) return adapter;
  const table = weights.get(embedding)!;
  const values = table.values.slice();
  const wide = config.hiddenSize;
  for (const [i, row] of adapter.lora.tokenRows.entries())
    values.set(rows.values.subarray(i * wide, (i + 1) * wide), row * wide);
  const names = config.tiedEmbeddings ? [embedding, head] : [embedding];
  const whole = names.map((name) => [name, { shape: table.shape, values }] as const);
  return {
    ...adapter,
    tensors: new Map([
      ...adapter.tensors,
      ...whole.map(([name, tensor]) => [keyOfSaved(name), tensor] as const),
    ]),
    saved: new Map([...adapter.saved, ...whole]),
  };
}

/** The file's tensors; GPT-2's matrices turned (which is its own inverse), and trained biases under the base's names. */
async function readStored(folder: string, base: ModelConfig): Promise<TensorFile> {
  const file = join(folder, PEFT_WEIGHTS);
  if (!existsSync(file) && existsSync(join(folder, PICKLED))) {
    throw new RanksweepError(
      'INVALID_INPUT',
      `${join(folder, PICKLED)}: a pickle can run any program, so that it is not read: save it with safe_serialization=True (${PEFT_WEIGHTS})`,
    );
  }
  const stored = toStored(base, await readSafetensors(file));
  return new Map([...stored].map(([key, tensor]) => [withoutBaseLayer(key), tensor]));
}

/** bias: lora_only. */
function ownBiases(
  { bias }: AdapterSettings,
  modules: Map<string, AdaptedModule>,
  base: ModelConfig,
): [string, number[]][] {
  if (bias !== 'lora_only') return [];
  const shapes = weightShapes(base);
  return [...modules.keys()].flatMap((module) => {
    const shape = shapes.get(`${module}.bias`);
    return shape ? [[`${module}.bias`, shape] as [string, number[]]] : [];
  });
}

/** ensure_weight_tying: what is done to the embedding is done to a head that is tied to it, and PEFT writes both. */
function withTiedModules(lora: AdapterSettings, json: Json, base: ModelConfig): AdapterSettings {
  if (json.ensure_weight_tying !== true || !base.tiedEmbeddings) return lora;
  const path = moduleOf(tensorNames(base).embedding);
  const { modulesToSave, targetModules } = lora;
  const isSaved = modulesToSave.some((end) => path.endsWith(end));
  const isTarget = Array.isArray(targetModules) && adaptedEmbeddings(lora, base).has(path);
  return {
    ...lora,
    modulesToSave: isSaved ? [...modulesToSave, HEAD] : modulesToSave,
    targetModules: isTarget ? [...targetModules, HEAD] : targetModules,
  };
}

function embeddingProblems(
  { useDora, tokenRows }: AdapterSettings,
  embeddings: Map<string, AdaptedModule>,
  { vocabularySize }: ModelConfig,
): Problem[] {
  const [name] = embeddings.keys();
  const outside = tokenRows.find((row) => row >= vocabularySize);
  return [
    ...(useDora && name
      ? [{ field: 'use_dora', message: `found for ${name}, supported for linear layers` }]
      : []),
    ...(outside === undefined
      ? []
      : [
          { field: 'trainable_token_indices', message: `found ${outside}, expected below ${vocabularySize}` },
        ]),
  ];
}

function nothingAdapted({ targetModules }: AdapterSettings, { architecture }: ModelConfig): Problem {
  const found = `found ${JSON.stringify(targetModules)}, which is no linear layer of a layer of ${architecture}`;
  return { field: 'target_modules', message: found };
}

/** The most repeated bug of LoRA loaders is a scale other than the one of training. */
function scaleProblems(scales: Map<string, number>, provenance: AdapterProvenance | null): Problem[] {
  if (!provenance) return [];
  const trained = new Map(Object.entries(provenance.scales));
  const changed = [...scales].flatMap(([field, scale]) => {
    const own = trained.get(field);
    if (own === undefined)
      return [{ field, message: `found scale ${scale}, but ${PROVENANCE} has none for it` }];
    if (Math.abs(own - scale) <= 1e-9 * Math.abs(scale)) return [];
    return [{ field, message: `found scale ${scale}, but it was trained with ${own}` }];
  });
  const lost = [...trained].filter(([module]) => !scales.has(module));
  return [
    ...changed,
    ...lost.map(([field, own]) => ({
      field,
      message: `found no adapter, but it was trained with scale ${own}`,
    })),
  ];
}

function refuse(file: string, problems: Problem[]): void {
  if (problems.length === 0) return;
  const shown = problems.slice(0, MOST_SHOWN).map(({ field, message }) => `${field}: ${message}`);
  const more = problems.length - shown.length;
  const list = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  throw new RanksweepError('INVALID_INPUT', `${file} cannot be used: ${list}`, problems);
}

async function readJson(path: string): Promise<Json | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RanksweepError('INVALID_INPUT', `${path} is not JSON: ${(cause as Error).message}`);
  }
}
