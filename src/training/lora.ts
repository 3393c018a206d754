import { RandomStream } from '../core/random.js';
import type { RunConfig } from '../core/run-config.js';
import type { FrozenWeights } from './frozen-weight.js';
import { addBias, type WeightTensors } from './layers.js';
import { layerMatrices, tensorNames } from './layout.js';
import type { Layers } from './llama.js';
import type { ModelConfig } from './model-config.js';
import { loraLinear } from './ops.js';
import type { Dropout } from './primitives.js';
import type { TensorFile } from './safetensors.js';

// LoRA (Hu et al. 2021, arXiv 2106.09685): y = x·Wᵀ + s·drop(x)·Aᵀ·Bᵀ with a frozen W [out,in], A [r,in], B [out,r] and
// s = alpha/r, or alpha/√r (rsLoRA, Kalajdzievski 2023, arXiv 2312.03732).

export type LoraSettings = RunConfig['lora'];

/** What the update is multiplied by. */
export function loraScale({
  rank,
  alpha,
  useRslora,
}: Pick<LoraSettings, 'rank' | 'alpha' | 'useRslora'>): number {
  return alpha / (useRslora ? Math.sqrt(rank) : rank);
}

/** Paths of the adapted modules with their sizes [out, in], in the order of the forward pass. */
export function targetModules(
  config: ModelConfig,
  targets: LoraSettings['targetModules'],
): Map<string, [number, number]> {
  const wanted = (name: string) =>
    targets === 'all-linear' || targets.some((target) => name.endsWith(`.${target}`));
  const modules = new Map<string, [number, number]>();
  for (let layer = 0; layer < config.layers; layer++) {
    for (const [name, shape] of Object.entries(layerMatrices(config))) {
      if (wanted(name)) modules.set(`${tensorNames(config).layers}${layer}.${name}`, shape);
    }
  }
  return modules;
}

/** Σ r·(in + out) over the adapted matrices. */
export function loraParameterCount(
  config: ModelConfig,
  { rank, targetModules: targets }: LoraSettings,
): number {
  const sizes = [...targetModules(config, targets).values()];
  return sizes.reduce((sum, [wide, tall]) => sum + rank * (wide + tall), 0);
}

/** The keys that PEFT gives the two matrices of a module in a file. */
export const keyOfA = (module: string) => `base_model.model.${module}.lora_A.weight`;
export const keyOfB = (module: string) => `base_model.model.${module}.lora_B.weight`;

/** PEFT's default: A uniform in ±1/√in (Kaiming with a = √5), B zero, so that training begins at the base. */
export function initialAdapter(
  config: ModelConfig,
  { rank, targetModules: targets }: LoraSettings,
  seed: number,
): TensorFile {
  const adapter: TensorFile = new Map();
  for (const [module, [out, wide]] of targetModules(config, targets)) {
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

/** One for all modules, or one for each by its path. */
export type Scale = number | ReadonlyMap<string, number>;

function scaleOf(scale: Scale, module: string): number {
  const own = typeof scale === 'number' ? scale : scale.get(module);
  if (own === undefined) throw new Error(`no scale for ${module}`);
  return own;
}

/** Which dropout masks to draw; absent in evaluation. */
export interface DropoutDraw {
  rate: number;
  seed: number;
  step: number;
}

/**
 * Frozen layers under an adapter. A module without matrices in `adapter` is left as it is.
 * @param base the frozen layers   @param weights their tensors
 */
export function loraLayers(
  base: Layers,
  weights: FrozenWeights,
  adapter: WeightTensors,
  scale: Scale,
  draw?: DropoutDraw,
): Layers {
  return {
    ...base,
    linear(x, name) {
      const [a, b] = [adapter.get(keyOfA(name)), adapter.get(keyOfB(name))];
      if (!a || !b) return base.linear(x, name);
      const own = { scale: scaleOf(scale, name) };
      const options = draw && draw.rate > 0 ? { ...own, dropout: dropoutOf(draw, name) } : own;
      return addBias(loraLinear(x, weights.get(`${name}.weight`)!, a, b, options), weights, name);
    },
  };
}

/** The mask depends on seed, step and module only: not on the backend, nor on what was drawn before. */
function dropoutOf({ rate, seed, step }: DropoutDraw, module: string): Dropout {
  const random = new RandomStream(seed, `dropout/${step}/${module}`);
  return { rate, key: [random.nextUint32(), random.nextUint32()] };
}

/** The base's weights with the adapter added: W + s·B·A. */
export function mergeAdapter(weights: TensorFile, adapter: TensorFile, scale: Scale): TensorFile {
  return new Map(
    [...weights].map(([name, weight]) => {
      const module = name.replace(/\.weight$/, '');
      const [a, b] = [adapter.get(keyOfA(module)), adapter.get(keyOfB(module))];
      if (!a || !b || module === name) return [name, weight];
      const own = scaleOf(scale, module);
      return [
        name,
        { shape: weight.shape, values: addProduct(weight.values, a.values, b.values, a.shape[0]!, own) },
      ];
    }),
  );
}

/** w [out,in] + scale·b [out,r]·a [r,in] */
function addProduct(
  w: Float32Array,
  a: Float32Array,
  b: Float32Array,
  rank: number,
  scale: number,
): Float32Array {
  const wide = a.length / rank;
  return w.map((value, n) => {
    const [row, column] = [Math.floor(n / wide), n % wide];
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += b[row * rank + r]! * a[r * wide + column]!;
    return value + scale * sum;
  });
}
