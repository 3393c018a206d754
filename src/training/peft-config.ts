import type { Problem } from '../core/errors.js';
import type { AdapterSettings } from './adapted-modules.js';
import { type Json, shown } from './config-values.js';

// adapter_config.json of Hugging Face PEFT 0.21.

/** Options that change the numbers and are not built here, with the values that mean "off". */
const UNSUPPORTED: Record<string, unknown[]> = {
  bias: ['none'],
  layers_pattern: [''],
  layer_replication: [],
  trainable_token_indices: [],
  target_parameters: [],
  lora_bias: [false],
  use_qalora: [false],
  use_bdlora: [false],
  alora_invocation_tokens: [],
  arrow_config: [],
  kasa_config: [],
  velora_config: [],
  monteclora_config: [],
};
/** Starts that change the base: PEFT saves such adapters as plain LoRA if asked to (path_initial_model_for_weight_conversion). */
const CHANGES_BASE = /^(pissa|olora|corda|loftq|lora_ga)/;

/** Of a config without problems. */
export function readPeftSettings(json: Json): AdapterSettings {
  const layers = json.layers_to_transform as number | number[] | null | undefined;
  return {
    rank: json.r as number,
    alpha: json.lora_alpha as number,
    dropout: (json.lora_dropout as number | undefined) ?? 0,
    useRslora: json.use_rslora === true,
    useDora: json.use_dora === true,
    modulesToSave: (json.modules_to_save as string[] | null | undefined) ?? [],
    targetModules: json.target_modules as string | string[],
    excludeModules: (json.exclude_modules as string | string[] | null | undefined) ?? [],
    layers: layers == null || [layers].flat().length === 0 ? null : [layers].flat(),
    rankPattern: (json.rank_pattern as Record<string, number> | null | undefined) ?? {},
    alphaPattern: (json.alpha_pattern as Record<string, number> | null | undefined) ?? {},
  };
}

export function peftProblems(json: Json): Problem[] {
  const problems = Object.entries(UNSUPPORTED).flatMap(([field, off]) =>
    isOff(json[field], off) ? [] : [notSupported(field, json)],
  );
  if (CHANGES_BASE.test(String(json.init_lora_weights)))
    problems.push(notSupported('init_lora_weights', json));
  if (json.peft_type !== 'LORA') problems.push(wrong('peft_type', json, '"LORA"'));
  if (!(Number.isInteger(json.r) && Number(json.r) > 0)) problems.push(wrong('r', json, 'a positive number'));
  if (!Number.isFinite(json.lora_alpha)) problems.push(wrong('lora_alpha', json, 'a number'));
  if (!isSelection(json.target_modules)) {
    problems.push(wrong('target_modules', json, 'names of modules or a regular expression'));
  }
  const saved = json.modules_to_save ?? [];
  if (!(Array.isArray(saved) && saved.every((name) => typeof name === 'string' && isExpression(name)))) {
    problems.push(wrong('modules_to_save', json, 'names of modules'));
  }
  if (json.exclude_modules != null && !isSelection(json.exclude_modules)) {
    problems.push(wrong('exclude_modules', json, 'names of modules or a regular expression'));
  }
  for (const field of ['rank_pattern', 'alpha_pattern']) problems.push(...patternProblems(field, json));
  return problems;
}

function isOff(value: unknown, off: unknown[]): boolean {
  if (value === undefined || value === null || off.includes(value)) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function isSelection(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((name) => typeof name === 'string');
  return typeof value === 'string' && isExpression(value);
}

function isExpression(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

function patternProblems(field: string, json: Json): Problem[] {
  const value = json[field];
  if (value == null) return [];
  const isPattern = ([key, number]: [string, unknown]) => isExpression(key) && Number.isFinite(number);
  if (typeof value === 'object' && Object.entries(value).every(isPattern)) return [];
  return [wrong(field, json, 'regular expressions with a number each')];
}

const notSupported = (field: string, json: Json): Problem => ({
  field,
  message: `found ${shown(json[field])}, which is not supported`,
});
const wrong = (field: string, json: Json, allowed: string): Problem => ({
  field,
  message: `found ${shown(json[field])}, expected ${allowed}`,
});
