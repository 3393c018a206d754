import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkRunFiles,
  leakageError,
  type RunCheck,
  runCheckKey,
  type UsedFile,
} from '../data/quality/run-check.js';

/**
 * The check of a run's data: from the cache if a run before read the same bytes for the same uses, so that a sweep checks once.
 * @param cacheFolder made if it is not there
 */
export async function checkOnce(files: readonly UsedFile[], cacheFolder: string): Promise<RunCheck> {
  const path = join(cacheFolder, `${runCheckKey(files)}.json`);
  const known = await readFile(path, 'utf8').then(JSON.parse, () => null);
  if (known !== null) return known as RunCheck;
  const check = await checkRunFiles(files);
  await keep(path, check, cacheFolder);
  return check;
}

/** Written beside and renamed, since several workers may check the same. That nothing can be kept is no reason not to train. */
async function keep(path: string, check: RunCheck, folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const draft = `${path}.${process.pid}`;
    await writeFile(draft, JSON.stringify(check));
    await rename(draft, path);
  } catch {
    // the next run checks again
  }
}

/** What a log says of a check. */
export function checkText({ counts }: RunCheck): string {
  const found = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  return `data checked: ${found.length === 0 ? 'nothing found' : found.join(', ')}`;
}

/** @throws RanksweepError INVALID_INPUT for leaks that the config does not allow */
export function refuseLeakage(check: RunCheck, files: readonly UsedFile[], isAllowed: boolean): void {
  const error = leakageError(check, files);
  if (error && !isAllowed) throw error;
}
