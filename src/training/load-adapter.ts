import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Problem, RanksweepError } from '../core/errors.js';
import {
  type AdaptedModule,
  type AdapterSettings,
  adaptedModules,
  loraScale,
  savedTensors,
  scalesOf,
  weightName,
} from './adapted-modules.js';
import { type AdapterProvenance, PEFT_CONFIG, PEFT_WEIGHTS, PROVENANCE } from './adapter-files.js';
import { keyOfA, keyOfB, keyOfBaseCopy, keyOfMagnitude, keyOfSaved } from './adapter-keys.js';
import type { Checkpoint } from './checkpoint.js';
import type { Json } from './config-values.js';
import type { ModelConfig } from './model-config.js';
import { peftProblems, readPeftSettings } from './peft-config.js';
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
  /** null for an adapter that another program made */
  provenance: AdapterProvenance | null;
}

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
  const lora = readPeftSettings(json);
  const modules = adaptedModules(lora, base);
  if (modules.size === 0) refuse(file, [nothingAdapted(lora, base)]);
  // Turning is its own inverse.
  const stored = toStored(base, await readSafetensors(join(folder, PEFT_WEIGHTS)));
  const replaced = savedTensors(lora, base);
  refuse(join(folder, PEFT_WEIGHTS), weightProblems(stored, modules, lora, replaced));
  const provenance = (await readJson(join(folder, PROVENANCE))) as AdapterProvenance | null;
  const scales = scalesOf(modules);
  refuse(file, scaleProblems(scales, provenance));
  const parts = sorted(stored, modules, replaced);
  return { lora, scale: loraScale(lora), scales, tensors: stored, ...parts, provenance };
}

/** The file's tensors by what they are for. */
function sorted(stored: TensorFile, modules: Map<string, AdaptedModule>, replaced: Map<string, number[]>) {
  const matrices = [...modules.keys()].flatMap((path) => [keyOfA(path), keyOfB(path)]);
  const magnitudes = [...modules.keys()].filter((path) => stored.has(keyOfMagnitude(path)));
  return {
    weights: new Map(matrices.map((key) => [key, stored.get(key)!])),
    magnitudes: new Map(magnitudes.map((path) => [path, stored.get(keyOfMagnitude(path))!.values])),
    baseCopies: new Map(
      [...modules.keys()].flatMap((path) => {
        const copy = stored.get(keyOfBaseCopy(path));
        return copy ? [[path, copy] as const] : [];
      }),
    ),
    saved: new Map([...replaced.keys()].map((name) => [name, stored.get(keyOfSaved(name))!])),
  };
}

/**
 * PEFT would put such a copy in the base's place; here it has to be the base's.
 * @throws RanksweepError INVALID_INPUT
 */
export function checkBaseCopies(folder: string, { baseCopies }: LoadedAdapter, base: Checkpoint): void {
  const differs = ([module, { values }]: [string, { values: Float32Array }]) =>
    base.weights.get(weightName(module, base.config))!.values.some((value, i) => value !== values[i]);
  const problems = [...baseCopies].filter(differs).map(([module]) => ({
    field: keyOfBaseCopy(module),
    message: `found another weight than the model's ${weightName(module, base.config)}: it was trained on another base`,
  }));
  refuse(join(folder, PEFT_WEIGHTS), problems);
}

function nothingAdapted({ targetModules }: AdapterSettings, { architecture }: ModelConfig): Problem {
  const found = `found ${JSON.stringify(targetModules)}, which is no linear layer of a layer of ${architecture}`;
  return { field: 'target_modules', message: found };
}

function weightProblems(
  weights: TensorFile,
  modules: Map<string, AdaptedModule>,
  { useDora }: AdapterSettings,
  replaced: Map<string, number[]>,
): Problem[] {
  const expected = new Map([...replaced].map(([name, shape]) => [keyOfSaved(name), shape]));
  for (const [module, { rank, shape }] of modules) {
    const [out, wide] = shape;
    expected.set(keyOfA(module), [rank, wide]);
    expected.set(keyOfB(module), [out, rank]);
    if (useDora) expected.set(keyOfMagnitude(module), [out]);
    if (weights.has(keyOfBaseCopy(module))) expected.set(keyOfBaseCopy(module), shape);
  }
  const foreign = [...weights.keys()].filter((name) => !expected.has(name));
  return [
    ...foreign.map((field) => ({ field, message: 'not a matrix of this base and config' })),
    ...[...expected].flatMap(([field, shape]) => matrixProblems(field, shape, weights)),
  ];
}

function matrixProblems(field: string, expected: number[], weights: TensorFile): Problem[] {
  const found = weights.get(field);
  if (!found) return [{ field, message: `missing, expected shape [${expected}]` }];
  if (`${found.shape}` !== `${expected}`) {
    return [{ field, message: `found shape [${found.shape}], expected [${expected}]` }];
  }
  const bad = found.values.find((value) => !Number.isFinite(value));
  return bad === undefined ? [] : [{ field, message: `found ${bad}, expected finite numbers` }];
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
  const list = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
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
