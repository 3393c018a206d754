import type { Checkpoint } from './checkpoint.js';
import { frozenLayers, toTensors } from './layers.js';
import { tensorNames } from './layout.js';
import type { Layers } from './llama.js';
import type { LoadedAdapter } from './load-adapter.js';
import { loraLayers, mergeAdapter } from './lora.js';
import type { TensorFile } from './safetensors.js';

/**
 * The layers of a base under an adapter, to compute with, not to train: DoRA is merged, since its lengths depend on the whole matrix.
 * @param factor multiplies the adapter's own scales; 0 is the base alone
 */
export function adaptedLayers(base: Checkpoint, adapter: LoadedAdapter, factor: number): Layers {
  if (factor === 0) return frozenLayers(base.config, toTensors(base.weights));
  const scales = new Map([...adapter.scales].map(([module, scale]) => [module, scale * factor]));
  const { config, weights } = withSaved(base, adapter.saved);
  if (adapter.magnitudes.size > 0) {
    const merged = mergeAdapter(weights, adapter.weights, scales);
    return frozenLayers(config, toTensors(withLengths(merged, adapter.magnitudes)));
  }
  const tensors = toTensors(weights);
  return loraLayers(frozenLayers(config, tensors), tensors, toTensors(adapter.weights), scales);
}

/** The base with modules_to_save in place of its own; of two tied tensors only the saved one changes, as in PEFT. */
function withSaved({ config, weights }: Checkpoint, saved: TensorFile): Checkpoint {
  const { embedding, head } = tensorNames(config);
  const all = new Map([...weights, ...saved]);
  if (!config.tiedEmbeddings || !(saved.has(embedding) || saved.has(head))) return { config, weights: all };
  all.set(head, saved.get(head) ?? weights.get(embedding)!);
  return { config: { ...config, tiedEmbeddings: false }, weights: all };
}

/** DoRA, equation 5: each row of W + s·B·A is given its learned length. */
function withLengths(weights: TensorFile, magnitudes: LoadedAdapter['magnitudes']): TensorFile {
  return new Map(
    [...weights].map(([name, tensor]) => {
      const lengths = magnitudes.get(name.replace(/\.weight$/, ''));
      if (!lengths) return [name, tensor];
      const wide = tensor.shape[1]!;
      const values = tensor.values.slice();
      for (const [row, length] of lengths.entries())
        setLength(values.subarray(row * wide, (row + 1) * wide), length);
      return [name, { shape: tensor.shape, values }];
    }),
  );
}

function setLength(row: Float32Array, length: number): void {
  const now = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  for (let i = 0; i < row.length; i++) row[i]! *= length / now;
}
