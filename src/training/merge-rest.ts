import { RanksweepError } from '../core/errors.js';
import { moduleOf } from './adapted-modules.js';
import { keyOfBiasOfB, keyOfEmbeddingA, keyOfEmbeddingB } from './adapter-keys.js';
import { addProduct } from './add-product.js';
import type { Checkpoint } from './checkpoint.js';
import { headName, tensorNames } from './layout.js';
import type { LoadedAdapter } from './load-adapter.js';
import { type Scale, scaleOf } from './lora.js';
import type { NamedTensor } from './safetensors.js';

// What an adapter can have beside A and B of linear layers, merged into a base.

/** Embeddings with A [r,V] and B [D,r] of their own: W + s·Aᵀ·Bᵀ. A head that is tied to one keeps the weight it had. */
export function withEmbeddings(
  { config, weights }: Checkpoint,
  { tensors }: LoadedAdapter,
  scale: Scale,
): Checkpoint {
  const { embedding, positions, head } = tensorNames(config);
  const all = new Map(weights);
  const changed = [embedding, positions].filter(
    (name) => name !== null && tensors.has(keyOfEmbeddingA(moduleOf(name))),
  ) as string[];
  const untied = config.tiedEmbeddings && changed.includes(embedding);
  if (untied) all.set(head, weights.get(headName(config))!);
  for (const name of changed) {
    const module = moduleOf(name);
    const [a, b] = [tensors.get(keyOfEmbeddingA(module))!, tensors.get(keyOfEmbeddingB(module))!];
    const weight = weights.get(name)!;
    const values = addProduct(weight.values, transposed(b), transposed(a), scaleOf(scale, module));
    all.set(name, { ...weight, values });
  }
  return { config: untied ? { ...config, tiedEmbeddings: false } : config, weights: all };
}

/**
 * lora_bias, scaled as B·A is, in the module's own bias.
 * @throws RanksweepError INVALID_INPUT for a module that has none
 */
export function withBiasesOfB(
  { config, weights }: Checkpoint,
  adapter: LoadedAdapter,
  scale: Scale,
): Checkpoint {
  const all = new Map(weights);
  const without: string[] = [];
  for (const module of adapter.scales.keys()) {
    const added = adapter.tensors.get(keyOfBiasOfB(module));
    const bias = weights.get(`${module}.bias`);
    if (added && !bias) without.push(module);
    if (!added || !bias) continue;
    const values = bias.values.map((value, i) => value + scaleOf(scale, module) * added.values[i]!);
    all.set(`${module}.bias`, { ...bias, values });
  }
  if (without.length === 0) return { config, weights: all };
  const message = `found lora_bias for ${without.join(', ')}, which has no bias in the model to merge it into`;
  throw new RanksweepError('INVALID_INPUT', message, [{ field: '--adapter', message }]);
}

function transposed({ shape, values }: NamedTensor): NamedTensor {
  const [rows, columns] = shape as [number, number];
  const turned = Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
  return { shape: [columns, rows], values: turned };
}
