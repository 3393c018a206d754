import { HEAD } from './adapted-modules.js';
import { keyOfA, keyOfB } from './adapter-keys.js';
import { addProduct } from './add-product.js';
import type { Checkpoint } from './checkpoint.js';
import { headName, tensorNames } from './layout.js';
import type { LoadedAdapter } from './load-adapter.js';
import { type Scale, scaleOf } from './lora.js';
import { withBiasesOfB, withEmbeddings } from './merge-rest.js';
import { rowLengths } from './row-lengths.js';
import type { NamedTensor, TensorFile } from './safetensors.js';

/**
 * A whole model: the base with the adapter in its weights.
 * @param factor multiplies the adapter's own scales; 0 is the base
 */
export function mergedCheckpoint(base: Checkpoint, adapter: LoadedAdapter, factor: number): Checkpoint {
  if (factor === 0) return base;
  const scales = new Map([...adapter.scales].map(([module, scale]) => [module, scale * factor]));
  const whole = withEmbeddings(withOwnHead(withSaved(base, adapter.saved), adapter), adapter, scales);
  const { config, weights } = withBiasesOfB(whole, adapter, scales);
  return { config, weights: withLengths(mergeAdapter(weights, adapter.weights, scales), adapter.magnitudes) };
}

/** The base's weights with the adapter added: W + s·B·A. */
export function mergeAdapter(weights: TensorFile, adapter: TensorFile, scale: Scale): TensorFile {
  return new Map(
    [...weights].map(([name, weight]) => {
      const module = name.replace(/\.weight$/, '');
      const [a, b] = [adapter.get(keyOfA(module)), adapter.get(keyOfB(module))];
      if (!a || !b || module === name) return [name, weight];
      return [name, { ...weight, values: addProduct(weight.values, a, b, scaleOf(scale, module)) }];
    }),
  );
}

/** The base with modules_to_save in place of its own; of two tied tensors only the saved one changes, as in PEFT. */
function withSaved({ config, weights }: Checkpoint, saved: TensorFile): Checkpoint {
  const { embedding, head } = tensorNames(config);
  const all = new Map([...weights, ...saved]);
  if (!config.tiedEmbeddings || !(saved.has(embedding) || saved.has(head))) return { config, weights: all };
  all.set(head, saved.get(head) ?? weights.get(headName(config))!);
  return { config: { ...config, tiedEmbeddings: false }, weights: all };
}

/** An adapter of a tied head leaves the embedding as it is. */
function withOwnHead({ config, weights }: Checkpoint, adapter: LoadedAdapter): Checkpoint {
  if (!config.tiedEmbeddings || !adapter.scales.has(HEAD)) return { config, weights };
  const head: [string, NamedTensor] = [tensorNames(config).head, weights.get(headName(config))!];
  return { config: { ...config, tiedEmbeddings: false }, weights: new Map([...weights, head]) };
}

/** DoRA, equation 5: each row of W + s·B·A is given its learned length. */
function withLengths(weights: TensorFile, magnitudes: LoadedAdapter['magnitudes']): TensorFile {
  return new Map(
    [...weights].map(([name, tensor]) => {
      const lengths = magnitudes.get(name.replace(/\.weight$/, ''));
      return [name, lengths ? withRowLengths(tensor, lengths) : tensor];
    }),
  );
}

function withRowLengths({ shape, values }: NamedTensor, lengths: Float32Array): NamedTensor {
  const [rows, columns] = shape as [number, number];
  const now = rowLengths(values, [rows, columns]);
  const scaled = values.slice();
  for (let row = 0; row < rows; row++) {
    const factor = lengths[row]! / now[row]!;
    for (let i = row * columns; i < (row + 1) * columns; i++) scaled[i]! *= factor;
  }
  return { shape, values: scaled };
}
