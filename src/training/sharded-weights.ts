import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StoredType, storedBytes, type TensorFile, writeSafetensors } from './safetensors.js';

/** As save_pretrained of Hugging Face transformers cuts. */
const LARGEST_SHARD_BYTES = 5e9;

/**
 * Writes weights as transformers reads them: model.safetensors, or shards with model.safetensors.index.json.
 * @returns the files' names
 */
export async function writeWeights(
  folder: string,
  weights: TensorFile,
  dtype: StoredType,
  largestShard = LARGEST_SHARD_BYTES,
): Promise<string[]> {
  const shards = cut(weights, dtype, largestShard);
  const names = shards.map((_, i) => shardName(i, shards.length));
  for (const [i, shard] of shards.entries()) await writeSafetensors(join(folder, names[i]!), shard, dtype);
  if (shards.length === 1) return names;
  const place = shards.flatMap((shard, i) => [...shard.keys()].map((tensor) => [tensor, names[i]!]));
  const size = [...weights.values()].reduce((sum, tensor) => sum + storedBytes(tensor, dtype), 0);
  const index = { metadata: { total_size: size }, weight_map: Object.fromEntries(place) };
  const file = 'model.safetensors.index.json';
  await writeFile(join(folder, file), `${JSON.stringify(index, null, 2)}\n`);
  return [...names, file];
}

/** In order, each at most `largest` bytes unless a single tensor is more. */
function cut(weights: TensorFile, dtype: StoredType, largest: number): TensorFile[] {
  const shards: TensorFile[] = [new Map()];
  let room = largest;
  for (const [name, tensor] of weights) {
    const size = storedBytes(tensor, dtype);
    if (size > room && shards.at(-1)!.size > 0) {
      shards.push(new Map());
      room = largest;
    }
    shards.at(-1)!.set(name, tensor);
    room -= size;
  }
  return shards;
}

function shardName(i: number, count: number): string {
  if (count === 1) return 'model.safetensors';
  const five = (n: number) => String(n).padStart(5, '0');
  return `model-${five(i + 1)}-of-${five(count)}.safetensors`;
}
