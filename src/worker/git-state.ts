import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { maskLines, secretValues } from '../core/secrets.js';

export interface GitState {
  commit: string;
  /** true if anything tracked differs from the commit, or files are there that git neither tracks nor ignores */
  dirty: boolean;
  /** `git diff HEAD`, then one line `?? path` per untracked file; absent in a clean tree */
  diff?: string;
}

/** Of the whole repository, without what this program and Python's leave in it. */
export const EVERYWHERE = [
  ':/',
  ':(top,exclude,glob)**/.ranksweep/**',
  ':(top,exclude,glob)**/__pycache__/**',
];

/** Longest diff that a record holds, in characters. */
const LONGEST_DIFF = 200_000;
const run = promisify(execFile);

async function git(folder: string, args: string[]): Promise<string> {
  const options = { cwd: folder, maxBuffer: 1 << 28, timeout: 20_000 };
  return (await run('git', ['--no-optional-locks', ...args], options)).stdout;
}

/** @returns null outside of a repository, in one without commits, or where git is not installed */
export async function readGitState(folder: string): Promise<GitState | null> {
  try {
    const commit = (await git(folder, ['rev-parse', 'HEAD'])).trim();
    const changes = await git(folder, ['diff', 'HEAD', '--no-color', '--no-ext-diff']);
    const listed = await git(folder, [
      'ls-files',
      '--others',
      '--exclude-standard',
      '--full-name',
      ...EVERYWHERE,
    ]);
    const untracked = listed.split('\n').filter((path) => path !== '');
    return { commit, ...dirtiness(changes, untracked) };
  } catch {
    return null;
  }
}

function dirtiness(changes: string, untracked: string[]): Omit<GitState, 'commit'> {
  if (changes === '' && untracked.length === 0) return { dirty: false };
  return { dirty: true, diff: maskDiff(changes + untracked.map((path) => `?? ${path}\n`).join('')) };
}

/** A diff shows what files hold, and files may hold what nobody should see. */
function maskDiff(diff: string): string {
  return maskLines(shorten(diff).split('\n'), secretValues(process.env)).join('\n');
}

function shorten(diff: string): string {
  if (diff.length <= LONGEST_DIFF) return diff;
  return `${diff.slice(0, LONGEST_DIFF)}\n[… ${diff.length - LONGEST_DIFF} characters left out …]\n`;
}
