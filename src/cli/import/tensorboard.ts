import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import type { MetricColumns } from '../../api-client/points-block.js';
import { sha256 } from '../../core/hash.js';
import { type EventPoint, type RunEvents, readEventFile } from './formats/tf-events.js';
import { type ImportedRun, type ImportSource, instantOf, type Omission } from './imported-run.js';

const EVENT_FILE = /tfevents/;

export interface TensorboardOptions {
  project: string;
}

/**
 * A folder of TensorBoard's: every folder in it that holds event files is a run, as TensorBoard itself sees it. Its ID follows from the
 * project and the folder's path in `root`, so that the same folder is the same run.
 */
export function tensorboardSource(root: string, { project }: TensorboardOptions): ImportSource {
  return async function* runs(omit) {
    for (const [folder, files] of await eventFiles(resolve(root))) {
      const run = await readRun(resolve(root), folder, files, project, omit);
      if (run !== null) yield run;
    }
  };
}

/** Event files by their folder, both in order. */
async function eventFiles(root: string): Promise<Map<string, string[]>> {
  const isFile = (await stat(root)).isFile();
  if (isFile) return new Map([[root, [root]]]);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const folders = new Map<string, string[]>();
  for (const entry of entries.filter((one) => one.isFile() && EVENT_FILE.test(one.name))) {
    folders.set(entry.parentPath, [
      ...(folders.get(entry.parentPath) ?? []),
      join(entry.parentPath, entry.name),
    ]);
  }
  return new Map([...folders].sort().map(([folder, files]) => [folder, files.sort()]));
}

async function readRun(
  root: string,
  folder: string,
  files: string[],
  project: string,
  omit: (omission: Omission) => void,
): Promise<ImportedRun | null> {
  const events: RunEvents = {
    points: new Map(),
    hparams: {},
    firstTime: Infinity,
    lastTime: -Infinity,
    others: new Map(),
  };
  for (const file of files) {
    const { damage } = readEventFile(await readFile(file), events);
    if (damage !== null) omit({ place: file, reason: `${damage}; what stands before it was read` });
  }
  for (const [plugin, tags] of events.others) {
    omit({
      place: folder,
      reason: `${tags.size} series of ${plugin}: only scalars come (${[...tags].slice(0, 3).join(', ')})`,
    });
  }
  if (!Number.isFinite(events.firstTime)) {
    omit({ place: folder, reason: 'no event could be read' });
    return null;
  }
  return runOf(events, nameOf(root, folder), project);
}

/** As TensorBoard calls it: the path below the folder that it was given, "." for that folder itself. */
function nameOf(root: string, folder: string): string {
  return root === folder ? basename(root) : relative(root, folder).split(sep).join('/');
}

function runOf(
  { points, hparams, firstTime, lastTime }: RunEvents,
  name: string,
  project: string,
): ImportedRun {
  return {
    ...{ id: `tb-${sha256(`${project}\n${name}`).slice(0, 20)}`, project, name: name.slice(-250) },
    ...{ origin: 'tensorboard', config: hparams, tags: {}, state: 'finished' },
    ...{ startedAt: instantOf(firstTime), endedAt: instantOf(lastTime) },
    provenance: { tensorboard: { run: name } },
    series: () => [...points].map(([metric, list]) => columns(metric, list)),
  };
}

function columns(metric: string, points: EventPoint[]): MetricColumns {
  return {
    metric,
    steps: points.map(({ step }) => step),
    values: points.map(({ value }) => value),
    times: points.map(({ time }) => time),
  };
}
