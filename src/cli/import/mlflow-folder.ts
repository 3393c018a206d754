import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parse } from 'yaml';
import type { MetricColumns } from '../../api-client/points-block.js';
import type { Omission } from './imported-run.js';
import type { MlflowRun } from './mlflow-run.js';

type Meta = Record<string, unknown>;

/** mlflow.entities.RunStatus, which the folder holds as a number. */
const STATUS = ['', 'RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'];

/** MLflow's folder `mlruns`: EXPERIMENT/RUN/{meta.yaml, params, metrics, tags, artifacts}. */
export async function readMlflowFolder(
  root: string,
  omit: (omission: Omission) => void,
): Promise<MlflowRun[]> {
  const runs: MlflowRun[] = [];
  for (const experiment of await foldersOf(root)) {
    const meta = await readMeta(experiment, omit);
    if (meta === null || meta.lifecycle_stage === 'deleted') continue;
    for (const folder of await foldersOf(experiment)) {
      const run = await readMeta(folder, omit);
      if (run?.run_id !== undefined || run?.run_uuid !== undefined)
        runs.push(await runOf(folder, run, String(meta.name), omit));
    }
  }
  return runs;
}

async function runOf(
  folder: string,
  meta: Meta,
  experiment: string,
  omit: (omission: Omission) => void,
): Promise<MlflowRun> {
  const tags = Object.fromEntries(
    (await textsIn(join(folder, 'tags'))).map(({ key, value }) => [key, value]),
  );
  const status = typeof meta.status === 'number' ? STATUS[meta.status] : meta.status;
  return {
    ...{
      id: String(meta.run_id ?? meta.run_uuid),
      name: String(meta.run_name ?? tags['mlflow.runName'] ?? ''),
    },
    ...{ experiment, user: String(meta.user_id ?? ''), status: String(status), tags, datasets: [] },
    ...{ startMs: Number(meta.start_time ?? 0), endMs: meta.end_time == null ? null : Number(meta.end_time) },
    isDeleted: meta.lifecycle_stage === 'deleted',
    // where the folder was when it was written may be elsewhere
    artifactUri: existsSync(join(folder, 'artifacts'))
      ? join(folder, 'artifacts')
      : String(meta.artifact_uri ?? ''),
    params: await textsIn(join(folder, 'params')),
    series: () => seriesIn(join(folder, 'metrics'), omit),
  };
}

/** One file a metric, whose path is its name; a line: time in ms, value, step. */
async function* seriesIn(folder: string, omit: (omission: Omission) => void): AsyncGenerator<MetricColumns> {
  for (const path of await filesIn(folder)) {
    const columns = { steps: [] as number[], values: [] as number[], times: [] as number[] };
    for (const [i, line] of (await readFile(path, 'utf8')).split('\n').entries()) {
      if (line.trim() === '') continue;
      const [time, value, step] = line.trim().split(/\s+/);
      const numbers = { time: Number(time), value: pythonNumber(value), step: Number(step ?? 0) };
      if (Number.isFinite(numbers.time) && Number.isFinite(numbers.step) && numbers.value !== undefined) {
        columns.times.push(numbers.time);
        columns.values.push(numbers.value);
        columns.steps.push(numbers.step);
      } else
        omit({
          place: `${path}:${i + 1}`,
          reason: `found "${line.slice(0, 60)}", expected a time, a value and a step`,
        });
    }
    yield { metric: nameIn(folder, path), ...columns };
  }
}

/** As Python's str(float) writes it. */
function pythonNumber(text: string | undefined): number | undefined {
  if (text === 'nan') return Number.NaN;
  if (text === 'inf' || text === '-inf') return text === 'inf' ? Infinity : -Infinity;
  const number = Number(text);
  return text === undefined || Number.isNaN(number) ? undefined : number;
}

async function readMeta(folder: string, omit: (omission: Omission) => void): Promise<Meta | null> {
  const path = join(folder, 'meta.yaml');
  if (!existsSync(path)) return null;
  try {
    return parse(await readFile(path, 'utf8')) as Meta;
  } catch (error) {
    omit({ place: path, reason: (error as Error).message.split('\n')[0]! });
    return null;
  }
}

async function textsIn(folder: string): Promise<{ key: string; value: string }[]> {
  const files = await filesIn(folder);
  return Promise.all(
    files.map(async (path) => ({ key: nameIn(folder, path), value: await readFile(path, 'utf8') })),
  );
}

async function filesIn(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function foldersOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && entry.name !== '.trash')
    .map(({ name }) => join(folder, name))
    .sort();
}

function nameIn(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
}
