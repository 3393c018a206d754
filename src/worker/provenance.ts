import type { BackendChoice } from '../training/backends.js';
import type { RunInputs } from '../training/run-inputs.js';
import type { ResumedFrom } from './child-messages.js';
import { type GitState, readGitState } from './git-state.js';
import { type Hardware, readHardware } from './hardware.js';
import { type LockFile, readLockFile } from './lock-file.js';
import { packageRoot, packageVersion } from './package-root.js';
import { recordedCommand, recordedEnvironment } from './recorded-environment.js';

export type StartedBy = 'worker' | 'run' | 'reproduce';

/** Where a run came from: the code, what it depends on, and the machine. Stored as JSON with the run, read again by `reproduce`. */
export interface Provenance {
  /** of the code that trains: Ranksweep's own folder, or the working directory of a command */
  git: GitState | null;
  lockFile: LockFile | null;
  versions: Record<string, string>;
  backend: (Omit<BackendChoice, 'backend' | 'tried'> & { name: string }) | null;
  hardware: Hardware;
  executes: 'trainer' | 'command';
  /** what was executed: the command, or the program that started the trainer */
  command: string[];
  cwd: string;
  environment: Record<string, string>;
  model: RunInputs['model'] | null;
  startedBy: StartedBy;
  /** absent if it began at the beginning */
  resumedFrom?: ResumedFrom;
}

export interface Origin {
  /** null: the built-in trainer */
  command: string[] | null;
  backend: BackendChoice | null;
  model: RunInputs['model'] | null;
  startedBy: StartedBy;
  resumedFrom?: ResumedFrom;
}

/** Reads the state of code and machine now: call it before the run begins. */
export async function readProvenance(origin: Origin, cwd = process.cwd()): Promise<Provenance> {
  const codeFolder = origin.command === null ? packageRoot() : cwd;
  return {
    git: await readGitState(codeFolder),
    lockFile: readLockFile(codeFolder),
    versions: { node: process.versions.node, ranksweep: packageVersion(), ...origin.backend?.versions },
    backend: backendRecord(origin.backend),
    hardware: await readHardware(),
    executes: origin.command === null ? 'trainer' : 'command',
    command: recordedCommand(origin.command ?? process.argv),
    cwd,
    environment: recordedEnvironment(process.env),
    model: origin.model,
    startedBy: origin.startedBy,
    ...(origin.resumedFrom && { resumedFrom: origin.resumedFrom }),
  };
}

function backendRecord(choice: BackendChoice | null): Provenance['backend'] {
  if (choice === null) return null;
  const { backend, why, threads, versions, device } = choice;
  return { name: backend, why, threads, versions, device };
}
