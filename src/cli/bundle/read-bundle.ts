import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { RecordEvaluationInput, RecordRunInput } from '../../api-client/operations.generated.js';
import { unpackPoints } from '../../api-client/points-block.js';
import { type Problem, RanksweepError } from '../../core/errors.js';
import { RUN_STATES } from '../../core/states.js';
import { parseItems } from './items.js';
import { ITEMS_FILE, RUNS_FILE, verifiedManifest } from './manifest.js';
import type { BundledRun } from './write-bundle.js';

/** A bundle that was checked: every run can be read, and every file is the one that was written. */
export interface Bundle {
  folder: string;
  /** how many files it has beside the manifest */
  files: number;
  runs: BundledRun[];
  /** paths of each run's blocks of points, in their order */
  points: Map<string, string[]>;
  /** the scores of each run by item */
  items: RecordEvaluationInput[];
}

const text = z.string().nullable();
const shape = z.looseObject({
  id: z.string(),
  name: z.string(),
  state: z.enum(RUN_STATES).exclude(['running']),
  ...{ origin: z.string(), startedAt: z.string(), endedAt: text, configHash: z.string(), parentId: text },
  project: z.looseObject({ name: z.string() }),
  ...{ config: z.record(z.string(), z.unknown()), tags: z.record(z.string(), z.string()) },
  params: z.record(z.string(), z.string()),
  artifacts: z.array(z.looseObject({ name: z.string(), sha256: z.string(), bytes: z.number() })),
  ...{ evaluations: z.array(z.unknown()), datasets: z.array(z.unknown()), log: z.array(z.string()) },
});

/** @throws RanksweepError INVALID_INPUT with all that is wrong: nothing has been sent anywhere */
export async function readBundle(folder: string): Promise<Bundle> {
  const { files, runs: count } = await verifiedManifest(folder);
  const problems: Problem[] = [];
  const runs = parseRuns(await readFile(join(folder, RUNS_FILE), 'utf8'), problems);
  if (runs.length !== count)
    problems.push({ field: RUNS_FILE, message: `found ${runs.length} runs, the manifest says ${count}` });
  const points = new Map<string, string[]>();
  for (const path of Object.keys(files).filter((one) => one.startsWith('points/'))) {
    const run = path.split('/')[1]!;
    points.set(run, [...(points.get(run) ?? []), path]);
    await checkBlock(folder, path, problems);
  }
  for (const { id, artifacts } of runs) {
    const missing = artifacts.find(({ sha256 }) => !(`artifacts/${sha256}` in files));
    if (missing)
      problems.push({
        field: `${id}: ${missing.name}`,
        message: `artifacts/${missing.sha256} is not in the bundle`,
      });
  }
  const items = ITEMS_FILE in files ? await readFile(join(folder, ITEMS_FILE), 'utf8') : '';
  const scored = parseItems(items, new Set(runs.map(({ id }) => id)), problems);
  if (problems.length > 0)
    throw new RanksweepError('INVALID_INPUT', `${folder} is no bundle that can be read.`, problems);
  return { folder, files: Object.keys(files).length, runs, points, items: scored };
}

function parseRuns(lines: string, problems: Problem[]): BundledRun[] {
  return lines.split('\n').flatMap((line, i) => {
    if (line === '') return [];
    try {
      return [shape.parse(JSON.parse(line)) as unknown as BundledRun];
    } catch (error) {
      const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
      const where = issue ? `${issue.path.join('.')}: ${issue.message}` : (error as Error).message;
      problems.push({ field: `${RUNS_FILE}:${i + 1}`, message: where });
      return [];
    }
  });
}

async function checkBlock(folder: string, path: string, problems: Problem[]): Promise<void> {
  try {
    unpackPoints(await readFile(join(folder, path)));
  } catch (error) {
    problems.push({ field: path, message: (error as Error).message });
  }
}

/** What makes the run on another server; its points come after it, its end last. */
export function openingOf(run: BundledRun): RecordRunInput {
  const { id, name, config, seed, origin, startedAt, notes, group, reproduces, manifestHash } = run;
  const pairs = (map: Record<string, string>) => Object.entries(map).map(([key, value]) => ({ key, value }));
  return {
    ...{ id, project: run.project.name, name, config, seed, origin, startedAt, notes, group, reproduces },
    ...{ tags: pairs(run.tags), params: pairs(run.params), provenance: provenanceOf(run), hidden: true },
    manifestHash,
  };
}

/** The sweep stays where it was: which one it was is kept. */
function provenanceOf({ provenance, sweepId, trialId, trialNumber }: BundledRun) {
  return sweepId === null ? provenance : { ...provenance, trial: { sweepId, trialId, trialNumber } };
}

export function endingOf(run: BundledRun): RecordRunInput {
  const { id, origin, state, endedAt, error, stopReason, log } = run;
  const evaluations = run.evaluations.map(({ scores, ...evaluation }) => evaluation);
  const datasets = run.datasets.map(({ use, path, dataset, contentHash = dataset.contentHash }) => {
    const { hash: canonicalHash, name, examples, bytes } = dataset;
    return { use, path, canonicalHash, contentHash, name, examples, bytes };
  });
  return {
    ...{ id, project: run.project.name, origin, state, endedAt, error, stopReason, facts: run.summary.facts },
    ...{ evaluations, datasets, artifacts: run.artifacts, log },
  };
}
