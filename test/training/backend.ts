import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '../../src/core/run-config.js';
import { chooseBackend } from '../../src/training/backends.js';

/** Whether `npm run setup:native` was run here; without it the tests of that backend are not there. */
export function nativeIsInstalled(): boolean {
  const folder = process.env.RANKSWEEP_NATIVE_DIR ?? '.native';
  return existsSync(join(folder, 'node_modules', '@tensorflow', 'tfjs-node', 'lib', 'napi-v8'));
}

export async function useBackend(backend: Backend): Promise<void> {
  await chooseBackend(backend);
}
