import { type AdaptedModule, weightName } from './adapted-modules.js';
import { keyOfA, keyOfB } from './adapter-keys.js';
import { addProduct } from './add-product.js';
import type { Checkpoint } from './checkpoint.js';
import type { TensorFile } from './safetensors.js';
import { largestSingularTriples } from './singular-vectors.js';

// PiSSA (Meng et al. 2024, arXiv 2404.02948): the adapter begins as the principal part of each weight, and what is left is frozen.

/** PiSSA's A and B of each module, which are taken out of the base's weights. */
export function takePrincipal(base: Checkpoint, modules: Map<string, AdaptedModule>): TensorFile {
  const adapter: TensorFile = new Map();
  for (const [module, adapted] of modules) {
    const name = weightName(module, base.config);
    const weight = base.weights.get(name)!;
    const { a, b } = principal(weight.values, adapted);
    adapter.set(keyOfA(module), a).set(keyOfB(module), b);
    base.weights.set(name, { ...weight, values: addProduct(weight.values, a, b, -adapted.scale) });
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
