import { realpathSync } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../core/hash.js';
import { maskLines, secretValues } from '../core/secrets.js';
import { gitBytes, gitText } from './git.js';
import { EVERYWHERE } from './git-state.js';
import { type KeptContent, keptBytes } from './kept-content.js';

/** What is kept of the code of a run, beside its commit. All of it is known by hash. */
export interface CodeRecord {
  commit: string;
  /** of the working directory within the repository, "" or ends in a slash */
  subfolder: string;
  /** where it can be cloned from, without credentials; null: the repository has no remote called origin */
  remote: string | null;
  /** of `git diff HEAD --binary`; null: nothing tracked was changed. Not whole: a secret in it was removed, so it can no longer be applied */
  patch: { sha256: string; bytes: number; whole: boolean } | null;
  untracked: UntrackedFile[];
  /** what was there and is not kept */
  leftOut: { path: string; reason: string }[];
}

export interface UntrackedFile {
  path: string;
  sha256: string;
  bytes: number;
  executable: boolean;
}

export const PATCH_NAME = 'code/changes.patch';
export const untrackedName = (path: string) => `code/untracked/${path}`;

const MOST_FILES = 200;
const LARGEST_FILE_BYTES = 4 * 2 ** 20;
const MOST_BYTES = 32 * 2 ** 20;
const LARGEST_PATCH_BYTES = 32 * 2 ** 20;
/** Names of files that hold keys and passwords, whatever is in them. */
const SECRET_FILE =
  /(^|\/)(\.env(\..*)?|\.netrc|\.npmrc|\.pypirc|\.pgpass|id_(rsa|dsa|ecdsa|ed25519)|[^/]*\.(pem|key|p12|pfx|keystore|jks)|credentials(\.[^/]*)?|secrets?(\.[^/]*)?)$/i;

export interface CodeState {
  record: CodeRecord;
  /** the repository's folder */
  top: string;
  contents: KeptContent[];
}

/** The code in a folder: its commit, and what was changed since. @returns null outside of a repository, or of one with a commit */
export async function readCodeState(folder: string): Promise<CodeState | null> {
  const known = await locate(folder);
  if (known === null) return null;
  const { top, commit, subfolder } = known;
  const contents: KeptContent[] = [];
  const leftOut: CodeRecord['leftOut'] = [];
  const patch = await readPatch(top, contents, leftOut);
  const untracked = await readUntracked(top, contents, leftOut);
  const remote = await gitText(top, ['config', '--get', 'remote.origin.url']).catch(() => '');
  const withoutUser = remote === '' ? null : remote.replace(/(\w+:\/\/)[^/\s@]+@/g, '$1');
  return { top, contents, record: { commit, subfolder, remote: withoutUser, patch, untracked, leftOut } };
}

async function locate(folder: string): Promise<{ top: string; commit: string; subfolder: string } | null> {
  try {
    const asked = ['rev-parse', 'HEAD', '--show-toplevel', '--show-prefix'];
    const [commit, top, subfolder = ''] = (await gitText(folder, asked)).split('\n');
    return commit && top ? { commit, top: realpathSync(top), subfolder } : null;
  } catch {
    return null;
  }
}

/** All that is changed since the commit, as `git apply` takes it: the same bytes for the same changes. */
export function readChanges(top: string): Promise<Buffer> {
  const plain = [
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
    '--no-renames',
    '--src-prefix=a/',
    '--dst-prefix=b/',
  ];
  return gitBytes(top, ['diff', 'HEAD', '--binary', '--full-index', ...plain]);
}

async function readPatch(
  top: string,
  contents: KeptContent[],
  leftOut: CodeRecord['leftOut'],
): Promise<CodeRecord['patch']> {
  const found = await readChanges(top);
  if (found.length === 0) return null;
  if (found.length > LARGEST_PATCH_BYTES) {
    leftOut.push({
      path: PATCH_NAME,
      reason: `it has ${found.length} bytes, at most ${LARGEST_PATCH_BYTES}`,
    });
    return { sha256: sha256(found), bytes: found.length, whole: false };
  }
  const masked = masking(found);
  const content = masked ?? found;
  contents.push(keptBytes(PATCH_NAME, content));
  return { sha256: sha256(content), bytes: content.length, whole: masked === null };
}

/** @returns the text without its secrets, or null if there is none in it */
function masking(bytes: Buffer): Buffer | null {
  // Latin-1 has one character for each byte: nothing is lost on the way there and back.
  const lines = bytes.toString('latin1').split('\n');
  const masked = Buffer.from(maskLines(lines, secretValues(process.env)).join('\n'), 'latin1');
  return masked.equals(bytes) ? null : masked;
}

async function readUntracked(
  top: string,
  contents: KeptContent[],
  leftOut: CodeRecord['leftOut'],
): Promise<UntrackedFile[]> {
  const listed = await gitText(top, ['ls-files', '--others', '--exclude-standard', '-z', ...EVERYWHERE]);
  const files: UntrackedFile[] = [];
  let total = 0;
  for (const path of listed.split('\0').filter((one) => one !== '')) {
    const reason = await whyLeftOut(top, path, files.length, total);
    const content = reason === null ? await readFile(join(top, path)) : null;
    if (content === null || masking(content) !== null) {
      leftOut.push({ path, reason: reason ?? 'it holds what looks like a secret' });
      continue;
    }
    total += content.length;
    contents.push(keptBytes(untrackedName(path), content));
    const executable = ((await lstat(join(top, path))).mode & 0o100) !== 0;
    files.push({ path, sha256: sha256(content), bytes: content.length, executable });
  }
  return files;
}

async function whyLeftOut(top: string, path: string, count: number, total: number): Promise<string | null> {
  if (SECRET_FILE.test(path)) return 'its name is that of a file with secrets';
  if (/[\p{Cc}\\:*?"<>|]/u.test(path) || path.endsWith('/')) return 'its name cannot be kept';
  const found = await lstat(join(top, path)).catch(() => null);
  if (!found?.isFile()) return 'it is no plain file';
  if (found.size > LARGEST_FILE_BYTES) return `it has ${found.size} bytes, at most ${LARGEST_FILE_BYTES}`;
  if (count >= MOST_FILES) return `there are more than ${MOST_FILES} untracked files`;
  return total + found.size > MOST_BYTES ? `all together have more than ${MOST_BYTES} bytes` : null;
}
