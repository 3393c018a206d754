import type { RunConfig } from '../core/run-config.js';
import { headName, layerMatrices, tensorNames, weightShapes } from './layout.js';
import type { ModelConfig } from './model-config.js';
import { matchesWhole } from './python-expression.js';

// Which modules of a base an adapter changes, with what rank and scale: by the rules of Hugging Face PEFT 0.21.

export type LoraSettings = RunConfig['lora'];

/** An adapter's settings, from a run's config or from adapter_config.json. */
export interface AdapterSettings {
  rank: number;
  alpha: number;
  dropout: number;
  useRslora: boolean;
  /** each output's length is learned by itself (Liu et al. 2024, arXiv 2402.09353) */
  useDora: boolean;
  /** ends of paths of modules that the adapter replaces */
  modulesToSave: string[];
  /** a regular expression for the whole path, or names that a path ends with, or 'all-linear' */
  targetModules: string | string[];
  excludeModules: string | string[];
  /** null: all */
  layers: number[] | null;
  /** regular expressions of what stands before a layer's number, one of which must fit; null: any */
  layersPattern: string[] | null;
  /** which biases of the base are replaced */
  bias: 'none' | 'all' | 'lora_only';
  /** B·A·x has a bias */
  loraBias: boolean;
  /** rows of the input embedding that are replaced */
  tokenRows: number[];
  /** regular expression of a path's end → rank, in the file's order: the first that fits counts */
  rankPattern: Record<string, number>;
  alphaPattern: Record<string, number>;
}

/** What an adapter does to one module. */
export interface AdaptedModule {
  rank: number;
  scale: number;
  /** of the base, [out, in] */
  shape: [number, number];
}

/** What the update is multiplied by. */
export function loraScale({
  rank,
  alpha,
  useRslora,
}: Pick<LoraSettings, 'rank' | 'alpha' | 'useRslora'>): number {
  return alpha / (useRslora ? Math.sqrt(rank) : rank);
}

/** Of a run's config. */
export function settingsOf(lora: LoraSettings): AdapterSettings {
  const plain = { excludeModules: [], layers: null, layersPattern: null, loraBias: false, tokenRows: [] };
  return { ...lora, ...plain };
}

/** The adapted modules of a base by path, in the order of the forward pass. */
export function adaptedModules(settings: AdapterSettings, base: ModelConfig): Map<string, AdaptedModule> {
  const modules = new Map<string, AdaptedModule>();
  for (const { path, shape, layer } of linearModules(base)) {
    if (isAdapted(settings, path, layer)) modules.set(path, { shape, ...rankAndScale(settings, path) });
  }
  return modules;
}

/** Embeddings that have matrices of their own, by path: only if they are named, never as one of 'all-linear'. */
export function adaptedEmbeddings(settings: AdapterSettings, base: ModelConfig): Map<string, AdaptedModule> {
  const { embedding, positions } = tensorNames(base);
  const shapes = weightShapes(base);
  const all = [embedding, positions].filter((name) => name !== null);
  const named = all.filter((name) => isAdapted(settings, moduleOf(name), null));
  return new Map(
    named.map((name) => {
      const path = moduleOf(name);
      return [path, { shape: shapes.get(name) as [number, number], ...rankAndScale(settings, path) }];
    }),
  );
}

export const moduleOf = (name: string) => name.replace(/\.(weight|bias)$/, '');

/** Effective scale by module path. */
export function scalesOf(modules: ReadonlyMap<string, AdaptedModule>): Map<string, number> {
  return new Map([...modules].map(([path, { scale }]) => [path, scale]));
}

interface LinearModule {
  path: string;
  shape: [number, number];
  /** null: outside of the layers */
  layer: number | null;
}

function linearModules(base: ModelConfig): LinearModule[] {
  const matrices = Object.entries(layerMatrices(base));
  const inLayers = Array.from({ length: base.layers }, (_, layer) =>
    matrices.map(([name, shape]) => ({ path: `${tensorNames(base).layers}${layer}.${name}`, shape, layer })),
  );
  return [...inLayers.flat(), { path: HEAD, shape: [base.vocabularySize, base.hiddenSize], layer: null }];
}

/** Path of the head: adapted if it is named, never as one of 'all-linear'. */
export const HEAD = 'lm_head';

/** The base's name of the weight that a module multiplies with. */
export function weightName(module: string, base: ModelConfig): string {
  return module === HEAD ? headName(base) : `${module}.weight`;
}

/** check_target_module_exists of PEFT. */
function isAdapted(settings: AdapterSettings, path: string, layer: number | null): boolean {
  const { targetModules, excludeModules, modulesToSave, layers } = settings;
  if (selects(excludeModules, path)) return false;
  if (modulesToSave.some((name) => matchesWhole(`(?:|.*\\.)${name}(?:|\\..*)`, path))) return false;
  if (targetModules === 'all-linear') return layer !== null;
  if (!selects(targetModules, path)) return false;
  if (typeof targetModules === 'string' || layers === null) return true;
  return layer !== null && layers.includes(layer) && fitsPattern(settings.layersPattern, path);
}

function fitsPattern(patterns: string[] | null, path: string): boolean {
  return patterns?.some((pattern) => matchesWhole(`(?:|.*?\\.)${pattern}\\.\\d+\\..*`, path)) ?? true;
}

/** Tensors that the adapter replaces, by the base's names; a tied head becomes one of its own if it is among them. */
export function savedTensors(
  { modulesToSave, bias = 'none' }: Pick<AdapterSettings, 'modulesToSave'> & Partial<AdapterSettings>,
  base: ModelConfig,
): Map<string, number[]> {
  const { head } = tensorNames(base);
  const all = new Map([...weightShapes(base), [head, [base.vocabularySize, base.hiddenSize]]]);
  const isSaved = (name: string) =>
    modulesToSave.some((end) => modulesAround(moduleOf(name)).some((module) => module.endsWith(end))) ||
    (bias === 'all' && name.endsWith('.bias'));
  return new Map([...all].filter(([name]) => isSaved(name)));
}

/** Paths of a module and of all modules that it lies in. */
function modulesAround(path: string): string[] {
  const parts = path.split('.');
  return parts.map((_, i) => parts.slice(0, i + 1).join('.'));
}

function selects(selection: string | string[], path: string): boolean {
  if (typeof selection === 'string') return matchesWhole(selection, path);
  return selection.some((name) => path === name || path.endsWith(`.${name}`));
}

/** get_pattern_key of PEFT. */
function rankAndScale(settings: AdapterSettings, path: string): { rank: number; scale: number } {
  const { useRslora } = settings;
  const rank = firstMatch(settings.rankPattern, path) ?? settings.rank;
  const alpha = firstMatch(settings.alphaPattern, path) ?? settings.alpha;
  return { rank, scale: loraScale({ rank, alpha, useRslora }) };
}

function firstMatch(pattern: Record<string, number>, path: string): number | undefined {
  return Object.entries(pattern).find(([key]) => matchesWhole(`(?:.*\\.)?(?:${key})`, path))?.[1];
}

/** Σ r·(in + out) over the adapted matrices, with DoRA out more for each, and all of the modules that are saved whole. */
export function loraParameterCount(config: ModelConfig, lora: LoraSettings): number {
  const modules = [...adaptedModules(settingsOf(lora), config).values()];
  const saved = [...savedTensors(lora, config).values()];
  const matrices = modules.map(({ rank, shape: [out, wide] }) => rank * (out + wide));
  const lengths = modules.map(({ shape: [out] }) => (lora.useDora ? out : 0));
  const whole = saved.map((shape) => shape.reduce((a, b) => a * b, 1));
  return [...matrices, ...lengths, ...whole].reduce((a, b) => a + b, 0);
}
