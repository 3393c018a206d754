import * as tf from '@tensorflow/tfjs';
import { RandomStream } from '../core/random.js';
import { keyOfA, keyOfB, keyOfBiasOfB, keyOfMagnitude } from './adapter-keys.js';
import { doraLinear } from './dora.js';
import type { FrozenWeight, FrozenWeights } from './frozen-weight.js';
import { addBias, type WeightTensors } from './layers.js';
import type { Layers } from './llama.js';
import { loraLinear } from './ops.js';
import type { Dropout } from './primitives.js';

// LoRA (Hu et al. 2021, arXiv 2106.09685): y = x·Wᵀ + s·drop(x)·Aᵀ·Bᵀ with a frozen W [out,in], A [r,in], B [out,r] and
// s = alpha/r, or alpha/√r (rsLoRA, Kalajdzievski 2023, arXiv 2312.03732).

/** One for all modules, or one for each by its path. */
export type Scale = number | ReadonlyMap<string, number>;

export function scaleOf(scale: Scale, module: string): number {
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

/** What an adapter adds to frozen layers. */
export interface Adaptation {
  /** by PEFT's keys */
  adapter: WeightTensors;
  scale: Scale;
  draw: DropoutDraw | undefined;
  /** of DoRA's modules, the squared length of each row of the frozen weight, by module path */
  squares: WeightTensors | undefined;
}

/**
 * Frozen layers under an adapter: LoRA, or DoRA where it has lengths. A module without matrices in `adapter` is left as it is.
 * @param base the frozen layers   @param weights their tensors
 */
export function loraLayers(
  base: Layers,
  weights: FrozenWeights,
  adapter: WeightTensors,
  scale: Scale,
  draw?: DropoutDraw,
  squares?: WeightTensors,
): Layers {
  const adaptation = { adapter, scale, draw, squares };
  return {
    ...base,
    linear(x, name) {
      if (!adapter.has(keyOfA(name))) return base.linear(x, name);
      return addBias(adaptedLinear(x, name, weights.get(`${name}.weight`)!, adaptation), weights, name);
    },
  };
}

/** x [N,in] → [N,out] by an adapted module, without its bias. */
export function adaptedLinear(
  x: tf.Tensor,
  module: string,
  w: FrozenWeight,
  { adapter, scale, draw, squares }: Adaptation,
): tf.Tensor {
  const [a, b] = [adapter.get(keyOfA(module))!, adapter.get(keyOfB(module))!];
  const lengths = adapter.get(keyOfMagnitude(module));
  const own = { scale: scaleOf(scale, module) };
  const options = draw && draw.rate > 0 ? { ...own, dropout: dropoutOf(draw, module) } : own;
  if (!lengths)
    return withBiasOfB(loraLinear(x, w, a, b, options), adapter.get(keyOfBiasOfB(module)), own.scale);
  return doraLinear(x, { w, squares: squares!.get(module)!, a, b, lengths }, options);
}

function withBiasOfB(y: tf.Tensor, bias: tf.Tensor | undefined, scale: number): tf.Tensor {
  return bias ? tf.add(y, tf.mul(bias, scale)) : y;
}

/** The mask depends on seed, step and module only: not on the backend, nor on what was drawn before. */
function dropoutOf({ rate, seed, step }: DropoutDraw, module: string): Dropout {
  const random = new RandomStream(seed, `dropout/${step}/${module}`);
  return { rate, key: [random.nextUint32(), random.nextUint32()] };
}
