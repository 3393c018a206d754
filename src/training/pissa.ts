import { RanksweepError } from '../core/errors.js';
import { type AdaptedModule, adaptedModules, weightName } from './adapted-modules.js';
import { keyOfA, keyOfB, modulesOf } from './adapter-keys.js';
import { addProduct } from './add-product.js';
import type { Checkpoint } from './checkpoint.js';
import type { LoadedAdapter } from './load-adapter.js';
import type { NamedTensor, TensorFile } from './safetensors.js';
import { largestSingularTriples } from './singular-vectors.js';

// PiSSA (Meng et al. 2024, arXiv 2404.02948): the adapter begins as the principal part of each weight, and what is left is frozen.

/** PiSSA's A and B of each module, which are taken out of the base's weights. */
export function takePrincipal(base: Checkpoint, modules: Map<string, AdaptedModule>): TensorFile {
  const adapter = principalParts(base, modules);
  for (const [module, { scale }] of modules) {
    const name = weightName(module, base.config);
    const weight = base.weights.get(name)!;
    const [a, b] = [adapter.get(keyOfA(module))!, adapter.get(keyOfB(module))!];
    base.weights.set(name, { ...weight, values: addProduct(weight.values, a, b, -scale) });
  }
  return adapter;
}

function principalParts({ config, weights }: Checkpoint, modules: Map<string, AdaptedModule>): TensorFile {
  const adapter: TensorFile = new Map();
  for (const [module, adapted] of modules) {
    const { a, b } = principal(weights.get(weightName(module, config))!.values, adapted);
    adapter.set(keyOfA(module), a).set(keyOfB(module), b);
  }
  return adapter;
}

/**
 * PiSSA, equations 2 and 3: with W = U·S·Vᵀ, B = U_r·√(S_r/s) and A = √(S_r/s)·V_rᵀ, so that s·B·A is what the r largest singular
 * values make of W. Beyond the smaller side of W there are none: zeros.
 */
function principal(w: Float32Array, { rank, scale, shape }: AdaptedModule) {
  const [out, wide] = shape;
  const { values, left, right } = largestSingularTriples(w, shape, rank);
  const a = { shape: [rank, wide], values: new Float32Array(rank * wide) };
  const b = { shape: [out, rank], values: new Float32Array(out * rank) };
  for (const [r, value] of values.entries()) {
    const root = Math.sqrt(value / scale);
    for (let i = 0; i < wide; i++) a.values[r * wide + i] = root * right[r]![i]!;
    for (let i = 0; i < out; i++) b.values[i * rank + r] = root * left[r]![i]!;
  }
  return { a, b };
}

/**
 * What PiSSA learnt, as an adapter of the base as it was: s·(B·A - B₀·A₀) = s·[B,-B₀]·[A;A₀], which any program can load. So does PEFT
 * with path_initial_model_for_weight_conversion.
 */
export function relativeToBase(adapter: TensorFile, taken: TensorFile): TensorFile {
  const joined = new Map(adapter);
  for (const module of modulesOf(taken.keys())) {
    const [a, b] = [keyOfA(module), keyOfB(module)];
    joined.set(a, below(adapter.get(a)!, taken.get(a)!));
    joined.set(b, besideNegated(adapter.get(b)!, taken.get(b)!));
  }
  return joined;
}

function below(upper: NamedTensor, lower: NamedTensor): NamedTensor {
  const [rows, columns] = upper.shape as [number, number];
  const values = new Float32Array(2 * rows * columns);
  values.set(upper.values);
  values.set(lower.values, rows * columns);
  return { shape: [2 * rows, columns], values };
}

function besideNegated({ shape, values }: NamedTensor, right: NamedTensor): NamedTensor {
  const [rows, columns] = shape as [number, number];
  const joined = new Float32Array(2 * rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      joined[2 * row * columns + column] = values[row * columns + column]!;
      joined[(2 * row + 1) * columns + column] = -right.values[row * columns + column]!;
    }
  }
  return { shape: [rows, 2 * columns], values: joined };
}

/**
 * An adapter that PEFT saved as it is, without conversion, as one of the base as it was: what was taken out is computed again, as PEFT
 * does when it loads such an adapter.
 * @throws RanksweepError INVALID_INPUT for a quantised base, of which something else was left
 */
export function fromUnconverted(adapter: LoadedAdapter, base: Checkpoint): LoadedAdapter {
  const modules = adaptedModules(adapter.lora, base.config);
  if ([...modules.keys()].some((module) => !base.weights.has(weightName(module, base.config)))) {
    const message = 'found "pissa", which a quantised base cannot serve: load it on the base as it was';
    throw new RanksweepError('INVALID_INPUT', message, [{ field: 'init_lora_weights', message }]);
  }
  const tensors = relativeToBase(adapter.tensors, principalParts(base, modules));
  const weights = new Map([...adapter.weights.keys()].map((key) => [key, tensors.get(key)!]));
  return { ...adapter, tensors, weights };
}
