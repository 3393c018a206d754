import { RandomStream } from '../core/random.js';
import {
  type AdaptedModule,
  adaptedModules,
  type LoraSettings,
  savedTensors,
  settingsOf,
  weightName,
} from './adapted-modules.js';
import { keyOfA, keyOfB, keyOfMagnitude, keyOfSaved } from './adapter-keys.js';
import { type Checkpoint, weightValues } from './checkpoint.js';
import { headName, tensorNames } from './layout.js';
import type { ModelConfig } from './model-config.js';
import { takePrincipal } from './pissa.js';
import { rowLengths } from './row-lengths.js';
import type { NamedTensor, TensorFile } from './safetensors.js';

/** How an adapter begins. */
export interface AdapterStart {
  /** all that is trained, by PEFT's keys */
  adapter: TensorFile;
  /** PiSSA: A and B as they were taken out of the base's weights; null otherwise */
  taken: TensorFile | null;
}

/** @param base with PiSSA its weights are replaced by what A and B leave of them */
export function startAdapter(base: Checkpoint, lora: LoraSettings, seed: number): AdapterStart {
  const modules = adaptedModules(settingsOf(lora), base.config);
  const magnitudes = lora.useDora ? lengths(base, modules) : [];
  const isPissa = lora.initialization === 'pissa';
  const matrices = isPissa ? takePrincipal(base, modules) : initialAdapter(base.config, lora, seed);
  const adapter = new Map([...matrices, ...magnitudes, ...copies(base, lora)]);
  return { adapter, taken: isPissa ? copyOf(matrices) : null };
}

/** PEFT's default: A uniform in ±1/√in (Kaiming with a = √5), B zero, so that training begins at the base. */
export function initialAdapter(config: ModelConfig, lora: LoraSettings, seed: number): TensorFile {
  const adapter: TensorFile = new Map();
  for (const [module, { rank, shape }] of adaptedModules(settingsOf(lora), config)) {
    const [out, wide] = shape;
    const random = new RandomStream(seed, `lora/${module}`);
    const draw = () => (2 * random.next() - 1) / Math.sqrt(wide);
    adapter.set(keyOfA(module), {
      shape: [rank, wide],
      values: Float32Array.from({ length: rank * wide }, draw),
    });
    adapter.set(keyOfB(module), { shape: [out, rank], values: new Float32Array(out * rank) });
  }
  return adapter;
}

/** DoRA begins with the length of each row of W. */
function lengths(base: Checkpoint, modules: Map<string, AdaptedModule>): [string, NamedTensor][] {
  return [...modules].map(([module, { shape }]) => {
    const { values } = weightValues(base, weightName(module, base.config));
    return [keyOfMagnitude(module), { shape: [shape[0]], values: rowLengths(values, shape) }];
  });
}

/** modules_to_save begin as they are in the base; a tied head as the embedding. */
function copies(base: Checkpoint, lora: LoraSettings): [string, NamedTensor][] {
  const { config } = base;
  const { head } = tensorNames(config);
  return [...savedTensors(lora, config).keys()].map((name) => {
    const { shape, values } = weightValues(base, name === head ? headName(config) : name);
    return [keyOfSaved(name), { shape, values: values.slice() }];
  });
}

const copyOf = (tensors: TensorFile): TensorFile =>
  new Map([...tensors].map(([name, { shape, values }]) => [name, { shape, values: values.slice() }]));
