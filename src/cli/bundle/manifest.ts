import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hashFile } from '../../api-client/artifact-transfer.js';
import { type Problem, RanksweepError } from '../../core/errors.js';

/**
 * A bundle is a folder, or an archive of it: manifest.json, with size and SHA-256 of every other file; runs.jsonl, a run on each line;
 * items.jsonl, a scored set of a run with the score of every item on each line; points/RUN/N.points, its points in blocks of bytes;
 * artifacts/SHA256, its files.
 */
export const RUNS_FILE = 'runs.jsonl';
export const ITEMS_FILE = 'items.jsonl';
export const MANIFEST_FILE = 'manifest.json';
const FORMAT = 'ranksweep-bundle';
/** 2 since there are items; a bundle without them is one of 1 too */
const VERSION = 2;
export const SAFE_PATH =
  /^(runs\.jsonl|items\.jsonl|points\/[A-Za-z0-9][A-Za-z0-9._:-]{0,99}\/\d+\.points|artifacts\/[0-9a-f]{64})$/;

const schema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal([1, VERSION]),
  runs: z.int().nonnegative(),
  files: z.record(
    z.string().regex(SAFE_PATH),
    z.strictObject({ bytes: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});
export type Manifest = z.infer<typeof schema>;

/** Hashes the files of a bundle that was just written. */
export async function manifestOf(folder: string, runs: number, paths: string[]): Promise<Manifest> {
  const files: Manifest['files'] = {};
  for (const path of paths) files[path] = await hashFile(join(folder, path));
  return { format: FORMAT, version: VERSION, runs, files };
}

/**
 * Reads the manifest and checks each file that it names.
 * @throws RanksweepError INVALID_INPUT with every file that is missing or is another one than was written
 */
export async function verifiedManifest(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  const problems: Problem[] = [];
  for (const [path, wanted] of Object.entries(manifest.files)) {
    const found = await hashFile(join(folder, path)).catch(() => null);
    if (found === null) problems.push({ field: path, message: 'it is missing' });
    else if (found.bytes !== wanted.bytes || found.sha256 !== wanted.sha256) {
      problems.push({ field: path, message: `found ${shown(found)}, the manifest says ${shown(wanted)}` });
    }
  }
  if (problems.length > 0) throw new RanksweepError('INVALID_INPUT', `${folder} is damaged.`, problems);
  return manifest;
}

async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST_FILE);
  const text = await readFile(path, 'utf8').catch(() => {
    throw new RanksweepError('INVALID_INPUT', `${folder} is no bundle: it has no ${MANIFEST_FILE}.`);
  });
  const { data, error } = schema.safeParse(parsed(text));
  if (data !== undefined && RUNS_FILE in data.files) return data;
  const issues = error?.issues ?? [{ path: ['files'], message: `it does not name ${RUNS_FILE}` }];
  const problems = issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
  throw new RanksweepError('INVALID_INPUT', `${path} is no manifest of a bundle.`, problems);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const shown = ({ bytes, sha256 }: { bytes: number; sha256: string }) => `${bytes} bytes, SHA-256 ${sha256}`;
