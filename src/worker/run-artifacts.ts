import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { ApiClient } from '../api-client/api-client.js';
import { uploadFile } from '../api-client/artifact-transfer.js';
import type { StoredFile } from './kept-content.js';

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
