import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BACKENDS, type Backend } from '../../src/core/run-config.js';
import { chooseBackend } from '../../src/training/backends.js';

/** Whether `npm run setup:native` was run here; without it the tests of that backend are not there. */
export function nativeIsInstalled(): boolean {
  const folder = process.env.RANKSWEEP_NATIVE_DIR ?? '.native';
  return existsSync(join(folder, 'node_modules', '@tensorflow', 'tfjs-node', 'lib', 'napi-v8'));
}

/**
 * Those that the contract is run on: RANKSWEEP_TEST_BACKENDS (`npm run test:native` and `test:webgpu` set it), else what every clone
 * has, and native where it is installed.
 */
export function testedBackends(): Backend[] {
  const named = process.env.RANKSWEEP_TEST_BACKENDS;
  if (!named) return nativeIsInstalled() ? ['cpu', 'wasm', 'tfjs-node'] : ['cpu', 'wasm'];
  const names = named.split(',') as Backend[];
  const unknown = names.filter((name) => !BACKENDS.includes(name));
  if (unknown.length > 0) throw new Error(`RANKSWEEP_TEST_BACKENDS: no backend ${unknown.join(', ')}`);
  return names;
}

export async function useBackend(backend: Backend): Promise<void> {
  await chooseBackend(backend);
}
