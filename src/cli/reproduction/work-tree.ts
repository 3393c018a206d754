import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { ApiClient } from '../../api-client/api-client.js';
import { RanksweepError } from '../../core/errors.js';
import { sha256 } from '../../core/hash.js';
import { type CodeRecord, readChanges } from '../../worker/code-state.js';
import { gitBytes, gitText } from '../../worker/git.js';
import { cachedPath, fetchTo } from './cache.js';
import type { CodePlan } from './code-plan.js';

/** A clean tree of the code as it was: the commit, with the changes that were made to it. */
export interface WorkTree {
  folder: string;
  /** where the command is executed */
  cwd: string;
  remove(): Promise<void>;
}

const TREES_FOLDER = resolve('.ranksweep', 'trees');

/** @throws RanksweepError CONFLICT if the tree is not what it was */
export async function makeWorkTree(client: ApiClient, plan: CodePlan, name: string): Promise<WorkTree> {
  const record = plan.record!;
  const folder = join(TREES_FOLDER, `${name}-${process.pid}`);
  await mkdir(TREES_FOLDER, { recursive: true });
  const remove = () => removeTree(plan.repository, folder);
  try {
    await checkOut(client, plan, record.commit, folder);
    await applyChanges(client, record, folder);
    await writeUntracked(client, record, folder);
    await checkTree(record, folder);
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, cwd: join(folder, record.subfolder), remove };
}

async function checkOut(client: ApiClient, plan: CodePlan, commit: string, folder: string): Promise<void> {
  if (plan.repository !== null) {
    await gitBytes(plan.repository, ['worktree', 'add', '--detach', '--force', folder, commit]);
    return;
  }
  const pack = cachedPath(plan.pack!);
  await fetchTo(client, plan.pack!, pack);
  await mkdir(folder, { recursive: true });
  await gitBytes(folder, ['init', '--quiet']);
  await gitBytes(folder, ['unpack-objects', '-q'], await readFile(pack));
  // its parents are not there, and need not be
  await writeFile(join(folder, '.git', 'shallow'), `${commit}\n`);
  await gitBytes(folder, ['checkout', '--quiet', '--detach', commit]);
}

async function applyChanges(client: ApiClient, { patch }: CodeRecord, folder: string): Promise<void> {
  if (patch === null || !patch.whole) return;
  const path = resolve(cachedPath(patch.sha256));
  await fetchTo(client, patch.sha256, path);
  await gitBytes(folder, ['apply', '--binary', '--whitespace=nowarn', path]);
}

async function writeUntracked(client: ApiClient, { untracked }: CodeRecord, folder: string): Promise<void> {
  for (const { path, sha256: hash, executable } of untracked) {
    const target = resolve(folder, path);
    if (!target.startsWith(`${folder}${sep}`))
      throw new RanksweepError(
        'INVALID_INPUT',
        `The run has an untracked file "${path}", outside of its tree.`,
      );
    const cached = cachedPath(hash);
    await fetchTo(client, hash, cached);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(cached, target);
    if (executable) await chmod(target, 0o755);
  }
}

/** The tree is asked what is changed in it: the answer must be what was kept. */
async function checkTree({ commit, patch }: CodeRecord, folder: string): Promise<void> {
  const head = await gitText(folder, ['rev-parse', 'HEAD']);
  const changes = await readChanges(folder);
  const found = changes.length === 0 ? null : sha256(changes);
  const wanted = patch?.whole ? patch.sha256 : null;
  if (head === commit && found === wanted) return;
  throw new RanksweepError(
    'CONFLICT',
    `The code of the run cannot be made again: the tree at ${commit} has changes with the hash ${found}, expected ${wanted}.`,
  );
}

async function removeTree(repository: string | null, folder: string): Promise<void> {
  if (repository !== null)
    await gitBytes(repository, ['worktree', 'remove', '--force', folder]).catch(() => {});
  await rm(folder, { recursive: true, force: true });
  if (repository !== null) await gitBytes(repository, ['worktree', 'prune']).catch(() => {});
}
