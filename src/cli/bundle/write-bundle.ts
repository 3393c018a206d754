import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ApiClient } from '../../api-client/api-client.js';
import { downloadFile } from '../../api-client/artifact-transfer.js';
import {
  BundledRunsDocument,
  type BundledRunsQuery,
  type BundledRunsQueryVariables,
  type RunFilter,
} from '../../api-client/operations.generated.js';
import { packPoints, unpackPoints } from '../../api-client/points-block.js';
import { httpError } from '../../api-client/server-errors.js';
import { RanksweepError } from '../../core/errors.js';
import { writeItems } from './items.js';
import { ITEMS_FILE, MANIFEST_FILE, manifestOf, RUNS_FILE } from './manifest.js';

export type BundledRun = BundledRunsQuery['runs']['items'][number];

export interface WrittenBundle {
  folder: string;
  runs: number;
  points: number;
  files: number;
  /** names of files that were not wanted */
  withheld: string[];
  /** IDs of runs that were still running: their record is not closed, so they are not in it */
  running: string[];
}

const PAGE = 50;
const MOST_LINES = 100_000;
const MOST_POINTS = 200_000;
/** The server lists no more at once. */
const MOST_NAMES_AT_ONCE = 50;

/** Writes the runs that a filter selects. The folder appears when all of it is written. */
export async function writeBundle(
  client: ApiClient,
  filter: RunFilter,
  target: string,
  wanted: WantedFiles = {},
): Promise<WrittenBundle> {
  const folder = resolve(target);
  if (existsSync(folder)) throw new RanksweepError('CONFLICT', `${folder} is there already.`);
  const partial = `${folder}.${process.pid}.part`;
  try {
    const written = await writeAll(client, filter, partial, wanted);
    if (written.runs === 0) throw nothingSelected(written);
    await rename(partial, folder);
    return { ...written, folder };
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

function nothingSelected({ running }: WrittenBundle): RanksweepError {
  const why = running.length > 0 ? `, only ${running.length} that still run` : '';
  return new RanksweepError('NOT_FOUND', `There is no run that has ended in this selection${why}.`);
}

async function writeAll(
  client: ApiClient,
  filter: RunFilter,
  folder: string,
  wanted: WantedFiles,
): Promise<WrittenBundle> {
  await mkdir(folder, { recursive: true });
  const paths = new Set([RUNS_FILE, ITEMS_FILE]);
  const written: WrittenBundle = { folder, runs: 0, points: 0, files: 0, withheld: [], running: [] };
  const lines = await open(join(folder, RUNS_FILE), 'w');
  const items = await open(join(folder, ITEMS_FILE), 'w');
  for await (const found of selected(client, filter)) {
    if (found.state === 'running') written.running.push(found.id);
    else {
      const run = withFiles(found, wanted, written.withheld);
      await lines.write(`${JSON.stringify(run)}\n`);
      written.runs++;
      written.points += await writePoints(client, run, folder, paths);
      await writeItems(client, run, items);
      await writeArtifacts(client, run, folder, paths);
    }
  }
  await lines.close();
  await items.close();
  const manifest = await manifestOf(folder, written.runs, [...paths].sort());
  await writeFile(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 1)}\n`);
  return { ...written, files: [...paths].filter((path) => path.startsWith('artifacts/')).length };
}

/** Which files go with a run; the rest is known by name and hash. */
export interface WantedFiles {
  /** data sets, and files that a command named; default: yes */
  data?: boolean;
  /** the base model; default: yes */
  model?: boolean;
}

/** The run as it is in the bundle: what is not wanted is under `withheld` instead of under `artifacts`. */
function withFiles(run: BundledRun, { data = true, model = true }: WantedFiles, names: string[]): BundledRun {
  const isWithheld = (name: string) =>
    (!data && /^(datasets|files)\//.test(name)) || (!model && name.startsWith('model/'));
  const withheld = run.artifacts.filter(({ name }) => isWithheld(name));
  if (withheld.length === 0) return run;
  names.push(...withheld.map(({ name }) => `${run.id}: ${name}`));
  const artifacts = run.artifacts.filter(({ name }) => !isWithheld(name));
  return { ...run, artifacts, ...{ withheld } };
}

async function* selected(client: ApiClient, filter: RunFilter): AsyncGenerator<BundledRun> {
  let page: BundledRunsQuery['runs'] = { items: [], next: null };
  do {
    const variables: BundledRunsQueryVariables = {
      filter,
      first: PAGE,
      after: page.next,
      lastLines: MOST_LINES,
    };
    page = (await client.request(BundledRunsDocument, variables)).runs;
    yield* page.items;
  } while (page.next !== null);
}

/** Every point, in blocks that the server takes as they are. @returns how many */
async function writePoints(
  client: ApiClient,
  run: BundledRun,
  folder: string,
  paths: Set<string>,
): Promise<number> {
  let [part, total] = [0, 0];
  for (let at = 0; at < run.metrics.length; at += MOST_NAMES_AT_ONCE) {
    const names = run.metrics.slice(at, at + MOST_NAMES_AT_ONCE).map(({ name }) => name);
    for (const series of unpackPoints(await fetchPoints(client, run.id, names))) {
      for (let from = 0; from < series.steps.length; from += MOST_POINTS) {
        const end = from + MOST_POINTS;
        const [steps, values, times] = [series.steps, series.values, series.times].map((one) =>
          one.slice(from, end),
        );
        const path = `points/${run.id}/${part++}.points`;
        await writeIn(
          folder,
          path,
          packPoints([{ metric: series.metric, steps: steps!, values: values!, times: times! }]),
        );
        paths.add(path);
        total += steps!.length;
      }
    }
  }
  return total;
}

async function fetchPoints(client: ApiClient, runId: string, names: string[]): Promise<Buffer> {
  const query = new URLSearchParams(names.map((name) => ['metric', name]));
  const response = await client.fetch(`/api/runs/${encodeURIComponent(runId)}/points?${query}`, {}, true);
  if (!response.ok) throw await httpError(response);
  return Buffer.from(await response.arrayBuffer());
}

async function writeArtifacts(
  client: ApiClient,
  run: BundledRun,
  folder: string,
  paths: Set<string>,
): Promise<void> {
  for (const { sha256 } of run.artifacts) {
    const path = `artifacts/${sha256}`;
    if (!paths.has(path)) await downloadFile(client, sha256, join(folder, path));
    paths.add(path);
  }
}

async function writeIn(folder: string, path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), bytes);
}

export function bundleText({ folder, runs, points, files, withheld, running }: WrittenBundle): string {
  const left = running.length > 0 ? `Still running, so not in it: ${running.join(', ')}\n` : '';
  const without = withheld.map((name) => `  without ${name}\n`).join('');
  return `${folder}\n  ${runs} runs, ${points} points, ${files} files\n${without}${left}`;
}
