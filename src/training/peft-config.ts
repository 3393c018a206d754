import type { Problem } from '../core/errors.js';
import type { AdapterSettings } from './adapted-modules.js';
import { type Json, shown } from './config-values.js';
import { pythonExpression } from './python-expression.js';

// adapter_config.json of Hugging Face PEFT 0.21.

/** Options that change the numbers and are not built here, with the values that mean "off". */
const UNSUPPORTED: Record<string, unknown[]> = {
  layer_replication: [],
  target_parameters: [],
  use_qalora: [false],
  use_bdlora: [false],
  alora_invocation_tokens: [],
  arrow_config: [],
  kasa_config: [],
  velora_config: [],
  monteclora_config: [],
};
/** Options that are read here, or that change nothing once the adapter is trained. */
const KNOWN = new Set([
  ...['peft_type', 'task_type', 'inference_mode', 'auto_mapping', 'peft_version', 'revision'],
  ...['base_model_name_or_path', 'r', 'lora_alpha', 'lora_dropout', 'use_rslora', 'use_dora', 'bias'],
  ...['target_modules', 'exclude_modules', 'modules_to_save', 'layers_to_transform', 'layers_pattern'],
  ...['rank_pattern', 'alpha_pattern', 'lora_bias', 'trainable_token_indices', 'ensure_weight_tying'],
  ...['fan_in_fan_out', 'init_lora_weights', 'loftq_config', 'eva_config', 'corda_config', 'lora_ga_config'],
  ...['megatron_config', 'megatron_core', 'qalora_group_size', 'runtime_config'],
]);
/** Starts that change the base in a way that cannot be computed again (pissa can): PEFT saves such adapters as plain LoRA if asked to (path_initial_model_for_weight_conversion). */
const CHANGES_BASE = /^(pissa_niter|olora|corda|loftq|lora_ga)/;

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
    layersPattern: layersPattern(json),
    bias: (json.bias as AdapterSettings['bias'] | null | undefined) ?? 'none',
    loraBias: json.lora_bias === true,
    tokenRows: tokenRows(json.trainable_token_indices) ?? [],
    rankPattern: (json.rank_pattern as Record<string, number> | null | undefined) ?? {},
    alphaPattern: (json.alpha_pattern as Record<string, number> | null | undefined) ?? {},
  };
}

function layersPattern({ layers_pattern: pattern }: Json): string[] | null {
  const patterns = [pattern ?? []].flat().filter((one) => one !== '');
  return patterns.length === 0 ? null : (patterns as string[]);
}

const EMBEDDING = /^(.*\.)?(embed_tokens|wte)$/;

/** Rows of the input embedding, given alone or under its name; null for those of another module. */
function tokenRows(indices: unknown): number[] | null {
  if (typeof indices !== 'object' || indices === null) return [];
  const named = Array.isArray(indices) ? { embed_tokens: indices } : (indices as Record<string, unknown>);
  const rows = Object.values(named).flat();
  const isRows = rows.every((row) => Number.isInteger(row) && (row as number) >= 0);
  return isRows && Object.keys(named).every((name) => EMBEDDING.test(name)) ? (rows as number[]) : null;
}

type Check = [field: string, isAllowed: (value: unknown) => boolean, allowed: string];

const isExpressions = (value: unknown) =>
  Array.isArray(value) && value.every((one) => typeof one === 'string' && isExpression(one));
const CHECKS: Check[] = [
  ['r', (value) => Number.isInteger(value) && Number(value) > 0, 'a positive number'],
  ['lora_alpha', Number.isFinite, 'a number'],
  ['target_modules', isSelection, 'names of modules or a regular expression'],
  [
    'exclude_modules',
    (value) => value == null || isSelection(value),
    'names of modules or a regular expression',
  ],
  ['modules_to_save', (value) => isExpressions(value ?? []), 'names of modules'],
  ['layers_pattern', (value) => isExpressions([value ?? []].flat()), 'regular expressions'],
  ['rank_pattern', isPattern, 'regular expressions with a number each'],
  ['alpha_pattern', isPattern, 'regular expressions with a number each'],
  [
    'bias',
    (value) => value == null || ['none', 'all', 'lora_only'].includes(value as string),
    '"none", "all" or "lora_only"',
  ],
  ['trainable_token_indices', (value) => tokenRows(value) !== null, 'rows of the input embedding'],
];

/** An adapter of another kind has other options, so that nothing is said of those. */
export function peftProblems(json: Json): Problem[] {
  if (json.peft_type !== 'LORA') return [wrong('peft_type', json, '"LORA"')];
  const unsupported = Object.keys(json).filter((key) => {
    const off = UNSUPPORTED[key] ?? (KNOWN.has(key) ? null : [false]);
    return off !== null && !isOff(json[key], off);
  });
  return [
    ...unsupported.map((field) => notSupported(field, json)),
    ...(CHANGES_BASE.test(String(json.init_lora_weights)) ? [changesBase(json)] : []),
    ...CHECKS.filter(([field, isAllowed]) => !isAllowed(json[field])).map(([field, _, allowed]) =>
      wrong(field, json, allowed),
    ),
  ];
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
    return Boolean(pythonExpression(text));
  } catch {
    return false;
  }
}

function isPattern(value: unknown): boolean {
  if (value == null) return true;
  const fits = ([key, number]: [string, unknown]) => isExpression(`(?:${key})`) && Number.isFinite(number);
  return typeof value === 'object' && Object.entries(value).every(fits);
}

const notSupported = (field: string, json: Json): Problem => ({
  field,
  message: `found ${shown(json[field])}, which is not supported`,
});
const changesBase = (json: Json): Problem => ({
  field: 'init_lora_weights',
  message:
    `found ${shown(json.init_lora_weights)}, which changes the base and is not supported: ` +
    'save it as LoRA with path_initial_model_for_weight_conversion',
});
const wrong = (field: string, json: Json, allowed: string): Problem => ({
  field,
  message: `found ${shown(json[field])}, expected ${allowed}`,
});
