import { type Problem, RanksweepError } from '../core/errors.js';
import { adaptedModules, HEAD, type LoraSettings, savedTensors, settingsOf } from './adapted-modules.js';
import { layerMatrices } from './layout.js';
import type { ModelConfig } from './model-config.js';
import { matchesWhole } from './python-expression.js';

/**
 * That every name and pattern of the config fits something in the model: one that fits nothing would leave less adapted than was asked for.
 * @throws RanksweepError INVALID_INPUT naming what the model has
 */
export function checkAdapter(lora: LoraSettings, model: ModelConfig): void {
  const problems = [
    ...targetProblems(lora, model),
    ...savedProblems(lora, model),
    ...patternProblems('rankPattern', lora, model),
    ...patternProblems('alphaPattern', lora, model),
  ];
  if (problems.length === 0) return;
  const list = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
  throw new RanksweepError('INVALID_INPUT', list, problems);
}

/** Works, as in PEFT, but B·A cannot have a rank above the smaller side of its matrix. */
export function rankWarnings(lora: LoraSettings, model: ModelConfig): string[] {
  const modules = [...adaptedModules(settingsOf(lora), model)];
  const over = modules.filter(([, { rank, shape }]) => rank > Math.min(...shape));
  if (over.length === 0) return [];
  const smallest = Math.min(...over.flatMap(([, { shape }]) => shape));
  const rank = Math.max(...over.map(([, module]) => module.rank));
  return [
    `warning: lora.rank is ${rank}, but the smallest adapted matrix has a side of ${smallest}: more rank adds nothing there`,
  ];
}

function targetProblems(lora: LoraSettings, model: ModelConfig): Problem[] {
  const adapted = adaptedModules(settingsOf(lora), model);
  const alone = (name: string) => ({ ...settingsOf(lora), targetModules: [name], modulesToSave: [] });
  const { targetModules: targets } = lora;
  const unknown =
    targets === 'all-linear' ? [] : targets.filter((name) => adaptedModules(alone(name), model).size === 0);
  const field = 'lora.targetModules';
  if (unknown.length > 0) {
    const found = `found ${unknown.join(', ')}, ${model.architecture} has ${[...new Set(linearNames(model))].join(', ')}`;
    return [{ field, message: found }];
  }
  if (lora.initialization === 'pissa' && model.tiedEmbeddings && adapted.has(HEAD)) {
    return [
      { field: 'lora.initialization', message: `found pissa for ${HEAD}, whose weight is the embedding too` },
    ];
  }
  if (adapted.size > 0) return [];
  return [{ field, message: 'found nothing to adapt: all of it is in modulesToSave' }];
}

function savedProblems({ modulesToSave }: LoraSettings, model: ModelConfig): Problem[] {
  const unknown = modulesToSave.filter((name) => savedTensors({ modulesToSave: [name] }, model).size === 0);
  if (unknown.length === 0) return [];
  const found = `found ${unknown.join(', ')}, ${model.architecture} has ${moduleNames(model).join(', ')}`;
  return [{ field: 'lora.modulesToSave', message: found }];
}

function patternProblems(
  field: 'rankPattern' | 'alphaPattern',
  lora: LoraSettings,
  model: ModelConfig,
): Problem[] {
  const paths = [...adaptedModules(settingsOf(lora), model).keys()];
  const fits = (key: string) => paths.some((path) => matchesWhole(`(?:.*\\.)?(?:${key})`, path));
  return Object.keys(lora[field])
    .filter((key) => !fits(key))
    .map((key) => ({ field: `lora.${field}`, message: `found ${key}, which fits no adapted module` }));
}

const lastName = (path: string) =>
  path
    .replace(/\.(weight|bias)$/, '')
    .split('.')
    .at(-1)!;

const linearNames = (model: ModelConfig) => [...Object.keys(layerMatrices(model)).map(lastName), HEAD];

function moduleNames(model: ModelConfig): string[] {
  return [...new Set([...savedTensors({ modulesToSave: [''] }, model).keys()].map(lastName))];
}
