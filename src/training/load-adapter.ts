import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Problem, RanksweepError } from '../core/errors.js';
import { TARGET_MODULES, type TargetModule } from '../core/run-config.js';
import { type AdapterProvenance, modulesOf, PEFT_CONFIG, PEFT_WEIGHTS, PROVENANCE } from './adapter-files.js';
import { keyOfA, keyOfB, type LoraSettings, loraScale, targetModules } from './lora.js';
import type { ModelConfig } from './model-config.js';
import { readSafetensors, type TensorFile } from './safetensors.js';

export interface LoadedAdapter {
  lora: LoraSettings;
  /** what B·A is multiplied by, from the config and checked against ranksweep.json where that is there */
  scale: number;
  weights: TensorFile;
  /** null for an adapter that another program made */
  provenance: AdapterProvenance | null;
}

type Json = Record<string, unknown>;

/** Options of PEFT that change the numbers and are not built here, with the values that mean "off". */
const UNSUPPORTED: Record<string, unknown[]> = {
  use_dora: [false],
  bias: ['none'],
  fan_in_fan_out: [false],
  modules_to_save: [],
  layers_to_transform: [],
  rank_pattern: [],
  alpha_pattern: [],
  layer_replication: [],
  trainable_token_indices: [],
  target_parameters: [],
  lora_bias: [false],
};

/**
 * Reads an adapter in PEFT's layout for a base model. Nothing is skipped: a missing, foreign or misshapen matrix, an option that is
 * not built here, and a scale that differs from the one it was trained with are errors.
 * @throws RanksweepError NOT_FOUND or INVALID_INPUT naming all of them
 */
export async function loadAdapter(folder: string, base: ModelConfig): Promise<LoadedAdapter> {
  const file = join(folder, PEFT_CONFIG);
  const json = await readJson(file);
  if (!json) throw new RanksweepError('NOT_FOUND', `${file} is missing: not the folder of an adapter`);
  refuse(file, optionProblems(json));
  const lora = toLora(json);
  const weights = await readSafetensors(join(folder, PEFT_WEIGHTS));
  refuse(join(folder, PEFT_WEIGHTS), weightProblems(weights, lora, base));
  const provenance = (await readJson(join(folder, PROVENANCE))) as AdapterProvenance | null;
  const scale = loraScale(lora);
  refuse(file, scaleProblems(weights, scale, provenance));
  return { lora, scale, weights, provenance };
}

function toLora(json: Json): LoraSettings {
  return {
    rank: json.r as number,
    alpha: json.lora_alpha as number,
    dropout: (json.lora_dropout as number | undefined) ?? 0,
    useRslora: json.use_rslora === true,
    targetModules: json.target_modules as 'all-linear' | TargetModule[],
  };
}

function optionProblems(json: Json): Problem[] {
  const problems = Object.entries(UNSUPPORTED).flatMap(([field, off]) =>
    isOff(json[field], off)
      ? []
      : [{ field, message: `found ${JSON.stringify(json[field])}, which is not supported` }],
  );
  if (json.peft_type !== 'LORA') problems.push(wrong('peft_type', json, '"LORA"'));
  for (const field of ['r', 'lora_alpha'])
    if (!(Number(json[field]) > 0)) problems.push(wrong(field, json, 'a positive number'));
  const targets = json.target_modules;
  const known = (name: unknown) => TARGET_MODULES.includes(name as TargetModule);
  if (targets !== 'all-linear' && !(Array.isArray(targets) && targets.every(known))) {
    problems.push(wrong('target_modules', json, `"all-linear" or some of ${TARGET_MODULES.join(', ')}`));
  }
  return problems;
}

function isOff(value: unknown, off: unknown[]): boolean {
  if (value === undefined || value === null || off.includes(value)) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

const wrong = (field: string, json: Json, allowed: string): Problem => ({
  field,
  message: `found ${JSON.stringify(json[field]) ?? 'nothing'}, expected ${allowed}`,
});

function weightProblems(weights: TensorFile, lora: LoraSettings, base: ModelConfig): Problem[] {
  const expected = new Map<string, number[]>();
  for (const [module, [out, wide]] of targetModules(base, lora.targetModules)) {
    expected.set(keyOfA(module), [lora.rank, wide]);
    expected.set(keyOfB(module), [out, lora.rank]);
  }
  const foreign = [...weights.keys()].filter((name) => !expected.has(name));
  return [
    ...foreign.map((field) => ({ field, message: 'not a matrix of this base and config' })),
    ...[...expected].flatMap(([field, shape]) => shapeProblems(field, shape, weights.get(field)?.shape)),
  ];
}

function shapeProblems(field: string, expected: number[], found: number[] | undefined): Problem[] {
  if (!found) return [{ field, message: `missing, expected shape [${expected}]` }];
  if (`${found}` === `${expected}`) return [];
  return [{ field, message: `found shape [${found}], expected [${expected}]` }];
}

/** The most repeated bug of LoRA loaders is a scale other than the one of training. */
function scaleProblems(weights: TensorFile, scale: number, provenance: AdapterProvenance | null): Problem[] {
  if (!provenance) return [];
  return modulesOf(weights).flatMap((module) => {
    const trained = provenance.scales[module];
    if (trained !== undefined && Math.abs(trained - scale) <= 1e-9 * scale) return [];
    return [{ field: module, message: `found scale ${scale}, but it was trained with ${trained}` }];
  });
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
