import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiClient } from '../api-client/api-client.js';
import { downloadFile } from '../api-client/artifact-transfer.js';
import { holdsTrainedWeights } from '../core/trained-weights.js';
import { readSafetensors, type TensorFile } from '../training/safetensors.js';

/** The weights that a run left: all its safetensors files, each tensor under its own name. A damaged file is an error that names it. */
export async function fetchWeights(
  client: ApiClient,
  artifacts: readonly { name: string; sha256: string }[],
): Promise<TensorFile> {
  const folder = await mkdtemp(join(tmpdir(), 'ranksweep-weights-'));
  const tensors: TensorFile = new Map();
  try {
    for (const { name, sha256 } of artifacts.filter(isWeights)) {
      const file = join(folder, `${sha256}.safetensors`);
      await downloadFile(client, sha256, file);
      for (const [tensor, value] of await readSafetensors(file)) tensors.set(namedIn(name, tensor), value);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return tensors;
}

export const isWeights = ({ name }: { name: string }) => holdsTrainedWeights(name);

/** Of an adapter the name alone says where a tensor belongs; of what else a run left, the file with it. */
const namedIn = (file: string, tensor: string) =>
  file.endsWith('adapter_model.safetensors') ? tensor : `${file} ${tensor}`;
