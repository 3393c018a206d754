import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { ApiClient } from '../../api-client/api-client.js';
import { downloadFile, hashFile } from '../../api-client/artifact-transfer.js';

/** What was fetched from a server lies here by its hash; it may be removed at any time. */
export const CACHE_FOLDER = join('.ranksweep', 'cache');

/** Where a content lies once it is fetched. @param like a path whose extension it gets: formats are told by it */
export const cachedPath = (sha256: string, like = '') => join(CACHE_FOLDER, `${sha256}${extname(like)}`);

export async function hasContent(path: string, sha256: string): Promise<boolean> {
  return existsSync(path) && (await hashFile(path).catch(() => null))?.sha256 === sha256;
}

/** Fetches a content unless it is there; what arrives is checked against its hash. */
export async function fetchTo(client: ApiClient, sha256: string, path: string): Promise<void> {
  if (!(await hasContent(path, sha256))) await downloadFile(client, sha256, path);
}
