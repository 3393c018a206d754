import { dirname } from 'node:path';
import type { BackendChoice } from '../training/backends.js';
import type { RunInputs } from '../training/run-inputs.js';
import type { ResumedFrom } from './child-messages.js';
import { codeSnapshot, snapshotName } from './code-snapshot.js';
import { type CodeRecord, readCodeState } from './code-state.js';
import {
  type Container,
  type Interpreter,
  type PackageList,
  packagesName,
  readCommandEnvironment,
  readContainer,
} from './command-environment.js';
import { type GitState, readGitState } from './git-state.js';
import { type Hardware, readHardware } from './hardware.js';
import { type KeptContent, keptBytes, keptFile } from './kept-content.js';
import { type LockFile, readLockFile, readLockFiles } from './lock-file.js';
import { packageRoot, packageVersion } from './package-root.js';
import { recordedCommand, recordedEnvironment } from './recorded-environment.js';
import { ENTRY_FOLDER } from './run-child.js';
import { trainerHash } from './trainer-hash.js';

export type StartedBy = 'worker' | 'run' | 'reproduce';

/** Where a run came from: the code, what it depends on, and the machine. Stored as JSON with the run, read again by `reproduce`. */
export interface Provenance {
  /** of the code that trains: Ranksweep's own folder, or the working directory of a command */
  git: GitState | null;
  /** what is kept of that code; null: it is in no repository of its own */
  code: CodeRecord | null;
  /** of Ranksweep's own trainer: SHA-256 over its program; null: a command */
  trainer: string | null;
  lockFile: LockFile | null;
  /** all lock files of a command's working directory */
  lockFiles: LockFile[];
  /** of a command */
  interpreter: Interpreter | null;
  /** of a command: what its interpreter has installed, by hash */
  packages: PackageList[];
  container: Container | null;
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
  /** of a reproduction: what was known to be other than for its original, and allowed */
  drift?: unknown[];
  /** absent if it began at the beginning */
  resumedFrom?: ResumedFrom;
}

export interface Origin {
  /** null: the built-in trainer */
  command: string[] | null;
  backend: BackendChoice | null;
  model: RunInputs['model'] | null;
  startedBy: StartedBy;
  drift?: unknown[];
  resumedFrom?: ResumedFrom;
}

/** The record, and the contents that it names by hash. */
export interface OriginState {
  provenance: Provenance;
  contents: KeptContent[];
}

/** A commit's tree of more bytes is not kept: it must be in a repository that can be reached. */
const LARGEST_SNAPSHOT_BYTES = 64 * 2 ** 20;

/**
 * Reads the state of code and machine now: call it before the run begins.
 * @param entryFolder of the trainer's built program
 */
export async function readOrigin(
  origin: Origin,
  cwd = process.cwd(),
  entryFolder = ENTRY_FOLDER,
): Promise<OriginState> {
  const own = origin.command === null ? await ownCode(entryFolder) : await commandCode(origin.command, cwd);
  const provenance: Provenance = {
    ...own.record,
    container: readContainer(),
    versions: { node: process.versions.node, ranksweep: packageVersion(), ...origin.backend?.versions },
    backend: backendRecord(origin.backend),
    hardware: await readHardware(),
    executes: origin.command === null ? 'trainer' : 'command',
    command: recordedCommand(origin.command ?? process.argv),
    cwd,
    environment: recordedEnvironment(process.env),
    model: origin.model,
    startedBy: origin.startedBy,
    ...(origin.drift && { drift: origin.drift }),
    ...(origin.resumedFrom && { resumedFrom: origin.resumedFrom }),
  };
  return { provenance, contents: own.contents };
}

type CodePart = Pick<
  Provenance,
  'git' | 'code' | 'trainer' | 'lockFile' | 'lockFiles' | 'interpreter' | 'packages'
>;

/** The trainer is known by the hash of its program: no more of it is kept than a commit. */
async function ownCode(entryFolder: string): Promise<{ record: CodePart; contents: KeptContent[] }> {
  const root = packageRoot();
  const record = {
    ...{ git: await readGitState(root), code: null, trainer: trainerHash(dirname(entryFolder)) },
    ...{ lockFile: readLockFile(root), lockFiles: [], interpreter: null, packages: [] },
  };
  return { record, contents: [] };
}

async function commandCode(
  command: string[],
  cwd: string,
): Promise<{ record: CodePart; contents: KeptContent[] }> {
  const [git, code, environment] = await Promise.all([
    readGitState(cwd),
    readCodeState(cwd),
    readCommandEnvironment(command, cwd),
  ]);
  const snapshot = code && (await codeSnapshot(code.top, code.record.commit, LARGEST_SNAPSHOT_BYTES));
  const lockFiles = readLockFiles(cwd);
  if (code !== null && snapshot === null) {
    const reason = `the commit's files have more than ${LARGEST_SNAPSHOT_BYTES} bytes`;
    code.record.leftOut.push({ path: snapshotName(code.record.commit), reason });
  }
  const contents = [
    ...(code?.contents ?? []),
    ...(snapshot ? [snapshot] : []),
    ...environment.packages.map(({ record, text }) =>
      keptBytes(packagesName(record.manager), Buffer.from(text)),
    ),
    ...(await Promise.all(
      lockFiles.map(({ path }) => keptFile(`environment/lock/${path}`, `${cwd}/${path}`)),
    )),
  ];
  const record = {
    ...{ git, code: code?.record ?? null, trainer: null, lockFile: lockFiles[0] ?? null, lockFiles },
    ...{ interpreter: environment.interpreter, packages: environment.packages.map((one) => one.record) },
  };
  return { record, contents };
}

function backendRecord(choice: BackendChoice | null): Provenance['backend'] {
  if (choice === null) return null;
  const { backend, why, threads, versions, device } = choice;
  return { name: backend, why, threads, versions, device };
}
