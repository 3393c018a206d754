import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MetricColumns } from '../../api-client/points-block.js';
import type { RunState } from '../../core/states.js';
import { type ImportedRun, instantOf, type Omission, STILL_RUNNING } from './imported-run.js';

/** A run as MLflow keeps it, wherever. Times in ms. */
export interface MlflowRun {
  id: string;
  name: string;
  experiment: string;
  user: string;
  status: string;
  startMs: number;
  endMs: number | null;
  isDeleted: boolean;
  artifactUri: string;
  params: { key: string; value: string }[];
  tags: Record<string, string>;
  datasets: Record<string, unknown>[];
  series: () => AsyncIterable<MetricColumns> | Iterable<MetricColumns>;
}

const STATES: Record<string, RunState> = {
  ...{ FINISHED: 'finished', FAILED: 'failed', KILLED: 'cancelled', RUNNING: 'lost', SCHEDULED: 'lost' },
};
/** MLflow's databases hold an infinity as the largest finite double. */
const LARGEST = Number.MAX_VALUE;

export function storedMetric(value: number, isNan: boolean): number {
  if (isNan) return Number.NaN;
  return Math.abs(value) === LARGEST ? Math.sign(value) * Infinity : value;
}

/** Runs for which nothing else must be there before: those in the trash are left out, parents come first. */
export function inOrder(runs: MlflowRun[], omit: (omission: Omission) => void): MlflowRun[] {
  const kept = new Map<string, MlflowRun>();
  const sorted = runs.filter((run) => keeps(run, omit)).sort((a, b) => a.startMs - b.startMs);
  const byId = new Map(sorted.map((run) => [run.id, run]));
  const add = (run: MlflowRun, above: Set<string>): void => {
    if (kept.has(run.id)) return;
    const parent = run.tags['mlflow.parentRunId'];
    const before = parent === undefined ? undefined : byId.get(parent);
    if (before !== undefined && !above.has(before.id)) add(before, new Set([...above, run.id]));
    if (parent !== undefined && !kept.has(parent)) {
      omit({ place: `run ${run.id}`, reason: `its parent ${parent} is not among these runs` });
      delete run.tags['mlflow.parentRunId'];
    }
    kept.set(run.id, run);
  };
  for (const run of sorted) add(run, new Set());
  return [...kept.values()];
}

function keeps(run: MlflowRun, omit: (omission: Omission) => void): boolean {
  if (run.isDeleted) omit({ place: `run ${run.id} (${run.name})`, reason: 'it is deleted in MLflow' });
  return !run.isDeleted;
}

export async function importedFrom(run: MlflowRun, omit: (omission: Omission) => void): Promise<ImportedRun> {
  const { id, name, status, params } = run;
  const { 'mlflow.note.content': notes, 'mlflow.parentRunId': parentId, ...rest } = run.tags;
  delete rest['mlflow.runName'];
  const state = STATES[status] ?? 'finished';
  const endMs = run.endMs ?? run.startMs;
  return {
    ...{
      id,
      project: projectName(run.experiment, omit),
      name: name || id,
      origin: 'mlflow',
      config: {},
      params,
      state,
    },
    ...{ startedAt: instantOf(run.startMs), endedAt: instantOf(endMs), tags: rest },
    error: state === 'lost' ? STILL_RUNNING : null,
    ...{ notes: notes ?? null, parentId: parentId ?? null, provenance: provenanceOf(run) },
    ...{ series: run.series, files: await filesOf(run, omit) },
  };
}

function provenanceOf({ user, tags, datasets }: MlflowRun): Record<string, unknown> {
  const commit = tags['mlflow.source.git.commit'];
  return {
    ...{ user: user || tags['mlflow.user'], source: tags['mlflow.source.name'] },
    ...(commit !== undefined && { git: { commit, branch: tags['mlflow.source.git.branch'] } }),
    ...(datasets.length > 0 && { mlflow: { datasets } }),
  };
}

/** Letters, digits, spaces and . _ / - only, 100 at most: projects have shorter names than experiments. */
function projectName(experiment: string, omit: (omission: Omission) => void): string {
  const name =
    experiment
      .replace(/[^\p{L}\p{N} ._/-]/gu, '-')
      .replace(/^[^\p{L}\p{N}]+/u, '')
      .slice(0, 100) || 'mlflow';
  if (name !== experiment)
    omit({ place: `experiment "${experiment}"`, reason: `its project is called "${name}"` });
  return name;
}

/** Files that lie on this machine come along. */
async function filesOf({ id, artifactUri }: MlflowRun, omit: (omission: Omission) => void) {
  const folder = localFolder(artifactUri);
  if (folder === null) {
    if (artifactUri !== '')
      omit({ place: `run ${id}`, reason: `its files, if it has any, stay at ${artifactUri}` });
    return [];
  }
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return paths.sort().map((path) => ({ name: relative(folder, path).split(sep).join('/'), path }));
}

function localFolder(uri: string): string | null {
  if (uri.startsWith('file:')) return fileURLToPath(uri);
  return /^[a-z][a-z0-9+-]*:/i.test(uri) || uri === '' ? null : uri;
}
