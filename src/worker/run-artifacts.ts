import { readdir, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import type { ApiClient } from '../api-client/api-client.js';
import { type FileHash, uploadFile } from '../api-client/artifact-transfer.js';
import type { RunInputs } from '../training/run-inputs.js';

/** Larger datasets are known by their hash only. */
const LARGEST_DATASET_BYTES = 64 * 2 ** 20;

export interface StoredFile extends FileHash {
  /** path inside the run, with forward slashes */
  name: string;
}

/** Every file under a folder, as paths relative to it with forward slashes, sorted. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files
    .map((file) =>
      join(file.parentPath, file.name)
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    )
    .sort();
}

/** Stores what a run left in its output folder: the adapter, and whatever a command put there. */
export async function uploadOutputs(client: ApiClient, runId: string, folder: string): Promise<StoredFile[]> {
  const stored: StoredFile[] = [];
  for (const name of await filesUnder(folder)) {
    stored.push({ name, ...(await uploadFile(client, join(folder, name), runId)) });
  }
  return stored;
}

/** Stores the datasets that a run reads, named by their use, so that they can be had again by hash. Sets that are too large are left out. */
export async function uploadDatasets(
  client: ApiClient,
  runId: string,
  inputs: RunInputs | null,
): Promise<StoredFile[]> {
  const stored: StoredFile[] = [];
  for (const { use, path } of inputs?.datasets ?? []) {
    if ((await stat(path)).size > LARGEST_DATASET_BYTES) continue;
    stored.push({ name: `datasets/${use}${extname(path)}`, ...(await uploadFile(client, path, runId)) });
  }
  return stored;
}
