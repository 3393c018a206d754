import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RunState } from '../../core/states.js';
import {
  configValue,
  type ImportedRun,
  type ImportSource,
  instantOf,
  type Omission,
  STILL_RUNNING,
} from './imported-run.js';
import { readWandbFile } from './wandb-file.js';
import { WandbHistory } from './wandb-history.js';

const STATES: Record<string, RunState> = {
  ...{ finished: 'finished', failed: 'failed', crashed: 'lost', killed: 'cancelled', running: 'lost' },
};

/**
 * W&B's past: `*.wandb` files of offline runs, and folders of an export (docs/python.md has its script) with run.json and history.jsonl,
 * anywhere below the path.
 */
export function wandbSource(path: string, { project }: { project?: string }): ImportSource {
  return async function* runs(omit) {
    for (const file of await filesBelow(path)) {
      const isLog = file.endsWith('.wandb');
      const run = isLog
        ? await readWandbFile(file, project, omit)
        : await readExport(dirname(file), project, omit);
      if (run !== null) yield run;
    }
  };
}

async function filesBelow(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const isRun = (name: string) => name.endsWith('.wandb') || name === 'run.json';
  return entries
    .filter((entry) => entry.isFile() && isRun(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

interface ExportedRun {
  id: string;
  project?: string;
  name?: string;
  state?: string;
  createdAt?: string;
  endedAt?: string;
  config?: Record<string, unknown>;
  summary?: Record<string, unknown>;
  tags?: string[];
  group?: string | null;
  notes?: string | null;
}

async function readExport(
  folder: string,
  project: string | undefined,
  omit: (omission: Omission) => void,
): Promise<ImportedRun | null> {
  try {
    const run = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as ExportedRun;
    const history = readHistory(await readFile(join(folder, 'history.jsonl'), 'utf8'), folder, omit);
    for (const { key, reason } of history.omissions()) omit({ place: `${folder}: ${key}`, reason });
    return runOf(run, history, folder, project);
  } catch (error) {
    omit({ place: folder, reason: (error as Error).message });
    return null;
  }
}

function readHistory(text: string, folder: string, omit: (omission: Omission) => void): WandbHistory {
  const history = new WandbHistory();
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      const row = parsedRow(line);
      history.add(
        undefined,
        Object.entries(row).map(([key, value]) => [[key], value]),
      );
    } catch (error) {
      omit({ place: `${join(folder, 'history.jsonl')}:${i + 1}`, reason: (error as Error).message });
    }
  }
  return history;
}

/** Python's json writes NaN and Infinity bare. */
function parsedRow(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line);
  } catch {
    return JSON.parse(line.replace(/:\s*(NaN|-?Infinity)\s*(?=[,}])/g, ':"$1"'));
  }
}

function runOf(run: ExportedRun, history: WandbHistory, folder: string, project?: string): ImportedRun {
  const startMs = run.createdAt ? Date.parse(run.createdAt) : history.firstTime;
  const endMs = run.endedAt ? Date.parse(run.endedAt) : (history.lastTime ?? startMs);
  const state = STATES[run.state ?? 'finished'] ?? 'finished';
  return {
    ...{
      id: run.id ?? basename(folder),
      project: run.project ?? project ?? 'wandb',
      name: run.name || run.id,
    },
    ...{ origin: 'wandb', config: configValue(run.config ?? {}) as Record<string, unknown>, state },
    error: state === 'lost' ? STILL_RUNNING : null,
    tags: Object.fromEntries((run.tags ?? []).map((tag) => [tag, ''])),
    ...{ startedAt: instantOf(startMs), endedAt: instantOf(Math.max(startMs, endMs)) },
    ...{
      group: run.group || null,
      notes: run.notes || null,
      facts: { summary: configValue(run.summary ?? {}) },
    },
    series: () => history.columns(startMs),
  };
}
