import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All that the trainer computes with, except libraries. */
const FOLDERS = ['core', 'data', 'training'];
const known = new Map<string, string>();

/**
 * SHA-256 over the program files of the trainer, as they are executed: it says whether two releases, or two commits, can compute other
 * numbers, which their version numbers do not. Asked for once per process.
 * @param root the folder that core, data and training are in
 */
export function trainerHash(root: string): string {
  const before = known.get(root);
  if (before !== undefined) return before;
  const hash = createHash('sha256');
  for (const path of FOLDERS.flatMap((folder) => programFiles(root, folder))) {
    hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  }
  const found = hash.digest('hex');
  known.set(root, found);
  return found;
}

function programFiles(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const paths = entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return programFiles(root, path);
    return /\.(js|ts|wasm)$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
  return paths.sort();
}
