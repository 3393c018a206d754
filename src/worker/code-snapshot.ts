import { sha256 } from '../core/hash.js';
import { gitBytes, gitText } from './git.js';
import type { KeptContent } from './kept-content.js';

export const snapshotName = (commit: string) => `code/${commit}.pack`;
const known = new Map<string, Promise<{ sha256: string; bytes: number } | null>>();

/**
 * A commit with its files, without its past, as a pack of git's: so that the code can be had where the repository cannot, as the same
 * commit. Made once per process.
 * @param top the repository's folder
 * @returns null if its files have more than `most` bytes
 */
export async function codeSnapshot(top: string, commit: string, most: number): Promise<KeptContent | null> {
  const key = `${top}\n${commit}`;
  const pack = () => packCommit(top, commit);
  const measure = async () => {
    if ((await treeBytes(top, commit)) > most) return null;
    const content = await pack();
    return { sha256: sha256(content), bytes: content.length };
  };
  if (!known.has(key))
    known.set(
      key,
      measure().catch(() => null),
    );
  const found = await known.get(key)!;
  return found && { name: snapshotName(commit), ...found, source: pack };
}

/** Without deltas, in one thread: the same bytes for the same commit. */
async function packCommit(top: string, commit: string): Promise<Buffer> {
  const objects = await gitBytes(top, ['rev-list', '--objects', '--no-walk', commit]);
  const alike = ['--window=0', '--threads=1', '--no-reuse-delta', '--no-reuse-object', '--compression=6'];
  return gitBytes(top, ['pack-objects', '--stdout', '-q', ...alike], objects);
}

async function treeBytes(top: string, commit: string): Promise<number> {
  const listed = await gitText(top, ['ls-tree', '-r', '-l', '-z', commit]);
  const sizes = listed.split('\0').map((line) => Number(/^\S+ \S+ \S+ +(\d+)\t/.exec(line)?.[1] ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}
