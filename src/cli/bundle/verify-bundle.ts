import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Problem, RanksweepError } from '../../core/errors.js';
import { changedSince, openManifest } from '../../core/manifest.js';
import { withBundleFolder } from './archive.js';
import { type Bundle, readBundle } from './read-bundle.js';
import type { BundledRun } from './write-bundle.js';

export interface VerifiedBundle {
  path: string;
  runs: string[];
  files: number;
  /** scored sets with a value for every item */
  itemSets: number;
  /** runs whose record agrees with the manifest that they were sealed with */
  sealed: string[];
}

/**
 * Checks a bundle without any server: that every member is the one that was written, that all can be read, and that every sealed run is
 * still what it was when it began.
 * @throws RanksweepError INVALID_INPUT that names each member that is damaged and each record that was changed
 */
export async function verifyBundle(path: string): Promise<VerifiedBundle> {
  return withBundleFolder(path, async (folder, damage) => {
    const bundle = await readSound(path, folder, damage);
    const problems: Problem[] = [];
    const sealed: string[] = [];
    for (const run of bundle.runs) {
      if (await checkSeal(bundle, run, problems)) sealed.push(run.id);
    }
    if (problems.length > 0)
      throw new RanksweepError('INVALID_INPUT', `${path} holds records that were changed.`, problems);
    const [runs, itemSets] = [bundle.runs.map(({ id }) => id), bundle.items.length];
    return { path, runs, files: bundle.files, itemSets, sealed };
  });
}

/** The bundle, or all that is damaged in it. */
export async function readSound(path: string, folder: string, damage: Problem[]): Promise<Bundle> {
  const named = new Set(damage.map(({ field }) => field));
  try {
    const bundle = await readBundle(folder);
    if (damage.length === 0) return bundle;
  } catch (error) {
    if (!(error instanceof RanksweepError)) throw error;
    if (damage.length === 0)
      throw new RanksweepError(error.code, error.message.replaceAll(folder, path), error.problems);
    damage.push(...error.problems.filter(({ field }) => !named.has(field)));
  }
  throw new RanksweepError('INVALID_INPUT', `${path} is damaged.`, damage);
}

/** @returns whether the run is sealed and unchanged */
async function checkSeal({ folder }: Bundle, run: BundledRun, problems: Problem[]): Promise<boolean> {
  const { id, manifestHash } = run;
  if (!manifestHash) return false;
  const text = await readFile(join(folder, 'artifacts', manifestHash), 'utf8').catch(() => null);
  const manifest = text === null ? 'it is not in the bundle' : openManifest(text, manifestHash);
  if (typeof manifest === 'string') {
    problems.push({ field: id, message: `manifest.json: ${manifest}` });
    return false;
  }
  const datasets = run.datasets.map(({ use, contentHash, dataset }) => ({
    ...{ use, contentHash, canonicalHash: dataset.hash },
  }));
  const changed = changedSince(manifest, { ...run, seed: run.seed ?? null, datasets });
  problems.push(...changed.map((field) => ({ field: id, message: `${field} was changed after the seal` })));
  return changed.length === 0;
}
