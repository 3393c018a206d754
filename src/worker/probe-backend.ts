import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Backend } from '../core/run-config.js';
import type { BackendChoice } from '../training/backends.js';
import { ENTRY_FOLDER } from './run-child.js';

/** Either what was chosen, or why it does not work here. */
export type BackendProbe = { choice: BackendChoice } | { reason: string };

/** Tries a backend in a process of its own. */
export function probeBackend(backend: Backend, entryFolder = ENTRY_FOLDER): Promise<BackendProbe> {
  return new Promise((resolve) => {
    const child = fork(join(entryFolder, 'backend-process.js'), [backend], { stdio: 'ignore', execArgv: [] });
    child.on('message', (message) => resolve(message as BackendProbe));
    child.on('error', (error) => resolve({ reason: error.message }));
    child.on('close', (code, signal) => resolve({ reason: `its process ended with ${signal ?? code}` }));
  });
}
