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
  'requirements.txt',
];

export interface LockFile {
  /** relative to the folder */
  path: string;
  sha256: string;
}

export function readLockFile(folder: string): LockFile | null {
  const path = LOCK_FILES.find((name) => existsSync(join(folder, name)));
  return path === undefined ? null : { path, sha256: sha256(readFileSync(join(folder, path))) };
}
