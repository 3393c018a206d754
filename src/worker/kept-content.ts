import { stat } from 'node:fs/promises';
import type { ApiClient } from '../api-client/api-client.js';
import {
  type FileHash,
  hashFile,
  type KnownContent,
  uploadContent,
} from '../api-client/artifact-transfer.js';
import { RanksweepError } from '../core/errors.js';
import { sha256 } from '../core/hash.js';

/** A content to be stored with a run, under a name inside of it. */
export interface KeptContent extends KnownContent {
  name: string;
}

export interface StoredFile extends FileHash {
  /** path inside the run, with forward slashes */
  name: string;
}

export function keptBytes(name: string, content: Uint8Array): KeptContent {
  return { name, sha256: sha256(content), bytes: content.length, source: async () => content };
}

export async function keptFile(name: string, path: string): Promise<KeptContent> {
  return { name, ...(await knownHash(path)), source: path };
}

const known = new Map<string, Promise<FileHash>>();

/** The hash of a file that seldom changes: read once in a process, and again when its size or times are other ones. */
export async function knownHash(path: string): Promise<FileHash> {
  const { size, mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true });
  const key = [path, size, mtimeNs, ctimeNs, ino].join('\n');
  const hash = known.get(key) ?? hashFile(path);
  known.set(key, hash);
  hash.catch(() => known.delete(key));
  return hash;
}

/**
 * Stores what a run was made from. A content that the server has no room for is left out, and told: the run goes on without it.
 * @throws RanksweepError and ConnectionError for everything else
 */
export async function storeContents(
  client: ApiClient,
  runId: string,
  contents: readonly KeptContent[],
  say: (line: string) => void,
): Promise<StoredFile[]> {
  const stored: StoredFile[] = [];
  for (const content of contents) {
    const { name, sha256, bytes } = content;
    try {
      await uploadContent(client, content, runId);
      stored.push({ name, sha256, bytes });
    } catch (error) {
      if (!(error instanceof RanksweepError) || error.code !== 'TOO_LARGE') throw error;
      say(`${name} is not kept: ${error.message}`);
    }
  }
  return stored;
}
