import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '../../api-client/api-client.js';
import { uploadFile } from '../../api-client/artifact-transfer.js';
import {
  KnownRunDocument,
  RecordEvaluationDocument,
  RevealRunsDocument,
} from '../../api-client/operations.generated.js';
import { unpackPoints } from '../../api-client/points-block.js';
import { type Problem, RanksweepError } from '../../core/errors.js';
import type { Omission } from '../import/imported-run.js';
import { record, sendPoints } from '../import/send-run.js';
import { withBundleFolder } from './archive.js';
import { type Bundle, endingOf, openingOf } from './read-bundle.js';
import { readSound } from './verify-bundle.js';
import type { BundledRun } from './write-bundle.js';

export interface ImportedBundle {
  added: string[];
  known: string[];
  points: number;
  omissions: Omission[];
}

/**
 * Brings a bundle's runs to a server under their own IDs. All is checked before anything is sent; the runs stay hidden until the last one
 * is whole, and come into sight in one moment. An import that broke off is taken up where it was.
 * @param path of the archive, or of the folder
 * @throws RanksweepError INVALID_INPUT: the bundle is damaged; CONFLICT: the server has another run of one of these IDs
 */
export function importBundle(client: ApiClient, path: string): Promise<ImportedBundle> {
  return withBundleFolder(path, async (folder, damage) => {
    const bundle = await readSound(path, folder, damage);
    const known = await knownRuns(client, bundle.runs);
    const added = bundle.runs.filter(({ id }) => !known.has(id));
    const report: ImportedBundle = {
      added: added.map(({ id }) => id),
      known: [...known],
      points: 0,
      omissions: [],
    };
    for (const run of parentsFirst(added))
      report.points += await sendOne(client, bundle, run, report.omissions);
    if (added.length > 0)
      await client.request(RevealRunsDocument, { ids: report.added }, { repeatable: true });
    return report;
  });
}

/** Runs that are there, visible and the same. Those that an earlier import left hidden are sent again. */
async function knownRuns(client: ApiClient, runs: BundledRun[]): Promise<Set<string>> {
  const known = new Set<string>();
  const problems: Problem[] = [];
  for (const { id, startedAt, configHash } of runs) {
    const { run } = await client.request(KnownRunDocument, { id });
    if (run === null || run === undefined || run.id !== id) continue;
    if (run.startedAt !== startedAt || (run.configHash !== configHash && run.deletedAt === null)) {
      problems.push({
        field: id,
        message: `the server has another run of this ID, begun at ${run.startedAt}`,
      });
    } else if (run.deletedAt === null) known.add(id);
  }
  if (problems.length === 0) return known;
  throw new RanksweepError(
    'CONFLICT',
    `${client.url} has other runs of these IDs: nothing was imported.`,
    problems,
  );
}

async function sendOne(
  client: ApiClient,
  { folder, points, items }: Bundle,
  run: BundledRun,
  omissions: Omission[],
): Promise<number> {
  for (const { sha256 } of run.artifacts) await uploadFile(client, join(folder, 'artifacts', sha256));
  const parentId = await parentOf(client, run, omissions);
  // resume: one that an earlier import left between its end and its coming into sight
  const { leaseToken } = await record(client, { ...openingOf(run), parentId, resume: true });
  const count = await sendPoints(client, run.id, leaseToken, blocks(folder, points.get(run.id) ?? []));
  await record(client, endingOf(run));
  for (const input of items.filter(({ runId }) => runId === run.id))
    await client.request(RecordEvaluationDocument, { input }, { repeatable: true });
  return count;
}

async function* blocks(folder: string, paths: string[]) {
  for (const path of paths) yield* unpackPoints(await readFile(join(folder, path)));
}

/** A parent that is neither in the bundle nor on the server is told. */
async function parentOf(client: ApiClient, run: BundledRun, omissions: Omission[]): Promise<string | null> {
  if (run.parentId === null) return null;
  const { run: parent } = await client.request(KnownRunDocument, { id: run.parentId });
  if (parent?.id === run.parentId) return run.parentId;
  omissions.push({
    place: `run ${run.id}`,
    reason: `its parent ${run.parentId} is neither in the bundle nor there`,
  });
  return null;
}

function parentsFirst(runs: BundledRun[]): BundledRun[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const sorted = new Set<BundledRun>();
  const add = (run: BundledRun, depth: number): void => {
    const parent = run.parentId === null ? undefined : byId.get(run.parentId);
    if (parent !== undefined && depth < runs.length) add(parent, depth + 1);
    sorted.add(run);
  };
  for (const run of runs) add(run, 0);
  return [...sorted];
}
