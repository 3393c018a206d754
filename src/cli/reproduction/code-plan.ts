import { existsSync } from 'node:fs';
import { snapshotName } from '../../worker/code-snapshot.js';
import type { CodeRecord } from '../../worker/code-state.js';
import { gitText } from '../../worker/git.js';
import type { Provenance } from '../../worker/provenance.js';
import { cachedPath } from './cache.js';
import type { Difference } from './differences.js';
import { EFFECTS } from './effects.js';
import type { InputPlan } from './input-plan.js';
import type { Original } from './original.js';

/** Where the code of a command's run comes from. */
export interface CodePlan {
  /** in place: the command is executed where `reproduce` was called, with the code that is there */
  kind: 'work tree' | 'in place';
  commit: string | null;
  /** folder of a repository here that has the commit; null: the run's own copy is taken */
  repository: string | null;
  /** of the run's own copy of the commit; null: it kept none */
  pack: string | null;
  record: CodeRecord | null;
}

/** Null for the built-in trainer: its code is this program. @param repository where to look first */
export async function planCode(
  { run, manifest }: Original,
  { inPlace = false, repository }: { inPlace?: boolean; repository?: string },
): Promise<CodePlan | null> {
  const { executes, code, cwd } = run.provenance as Partial<Provenance>;
  if (executes !== 'command') return null;
  const here: CodePlan = { kind: 'in place', commit: null, repository: null, pack: null, record: null };
  if (inPlace || !code || manifest === null) return here;
  const candidates = [repository, process.cwd(), cwd].filter((one): one is string => one !== undefined);
  const found = await firstWith(code.commit, candidates);
  const pack = run.artifacts.find(({ name }) => name === snapshotName(code.commit))?.sha256 ?? null;
  return { kind: 'work tree', commit: code.commit, repository: found, pack, record: code };
}

async function firstWith(commit: string, folders: string[]): Promise<string | null> {
  for (const folder of folders.filter((one) => existsSync(one))) {
    const found = await gitText(folder, ['cat-file', '-t', commit]).catch(() => null);
    if (found === 'commit') return gitText(folder, ['rev-parse', '--show-toplevel']);
  }
  return null;
}

/** The commit is an input like others where it is not made from a repository here. */
export function planCommit(plan: CodePlan | null): InputPlan[] {
  if (!plan?.record || plan.repository !== null) return [];
  const { pack, record } = plan;
  const { commit, remote } = record;
  const code = { what: 'code', field: 'code', from: commit, bytes: null };
  if (pack !== null) {
    const path = cachedPath(pack);
    return [{ ...code, state: 'fetched', to: path, reason: null, downloads: [{ sha256: pack, path }] }];
  }
  const clone = remote === null ? '' : `; clone ${remote} and name the clone with --repository`;
  const reason = `found no repository here with the commit ${commit}, and the run kept no copy${clone}`;
  return [{ ...code, state: 'missing', to: null, reason, downloads: [] }];
}

/** What of the code cannot be had as it was. A file that the command names is kept by itself. */
export function codeDifferences(plan: CodePlan | null, { manifest }: Original): Difference[] {
  if (!plan?.record) return [];
  const { patch, leftOut } = plan.record;
  const named = new Set(manifest?.files.map(({ path }) => `${plan.record?.subfolder}${path}`));
  const lost = patch && !patch.whole ? ['uncommitted changes'] : [];
  const files = leftOut.filter(({ path }) => !named.has(path) && !path.startsWith('code/'));
  return [
    ...lost.map((what) => ({
      what,
      original: patch?.sha256,
      here: 'not all of it is kept',
      ...EFFECTS.secret,
    })),
    ...files.map(({ path, reason }) => ({
      ...{ what: `untracked file ${path}`, original: 'there', here: null },
      ...{ canChange: true, why: `it was not kept: ${reason}` },
    })),
  ];
}
