import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../core/hash.js';

/** In this order: the first that a folder has pins its dependencies. */
const LOCK_FILES = [
  'package-lock.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'uv.lock',
  'poetry.lock',
  'Pipfile.lock',
  'conda-lock.yml',
  'requirements.txt',
  'renv.lock',
  'Manifest.toml',
];

export interface LockFile {
  /** relative to the folder */
  path: string;
  sha256: string;
}

export function readLockFile(folder: string): LockFile | null {
  return readLockFiles(folder)[0] ?? null;
}

/** All that a folder has. */
export function readLockFiles(folder: string): LockFile[] {
  const paths = LOCK_FILES.filter((name) => existsSync(join(folder, name)));
  return paths.map((path) => ({ path, sha256: sha256(readFileSync(join(folder, path))) }));
}
