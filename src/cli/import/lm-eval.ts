import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RanksweepError } from '../../core/errors.js';
import type { Goal } from '../../core/metric-value.js';
import { metricFromJson } from '../../core/metric-value.js';
import { whyUnreadable } from '../../core/unreadable.js';
import type { Omission } from './imported-run.js';

// What lm-evaluation-harness writes with --output_path and --log_samples: results_DATE.json, and samples_TASK_DATE.jsonl for each task
// (lm_eval/loggers/evaluation_tracker.py, lm_eval/evaluator.py; versions 0.4.x).

type Json = Record<string, unknown>;

/** One task's scores by document. */
export interface TaskScores {
  task: string;
  /** the first 16 hex digits of each document's hash; #2, #3 … where a document comes again */
  keys: string[];
  scores: { score: string; goal: Goal; values: number[]; weights: number[] | null }[];
}

export interface HarnessResults {
  /** as the harness was told: pretrained=…, peft=… */
  model: string;
  /** ms since the epoch; null: the file does not say */
  date: number | null;
  config: Json;
  /** what the harness itself computed, by task and score */
  means: Map<string, Map<string, number>>;
  tasks: TaskScores[];
  content: string;
}

/**
 * Reads a results file, or the newest of a folder, and its samples.
 * @param samples files of samples; empty: those beside the results that have their date
 * @throws RanksweepError INVALID_INPUT
 */
export async function readHarness(
  path: string,
  samples: readonly string[],
  omit: (omission: Omission) => void,
): Promise<HarnessResults> {
  const file = (await isFolder(path)) ? await newestResults(path) : path;
  const content = await read(file);
  const json = parse(content, file) as Json;
  if (!isMap(json.results))
    throw invalid(file, 'found no "results", expected what lm_eval --output_path writes');
  const files = samples.length > 0 ? samples : await samplesBeside(file);
  if (files.length === 0)
    omit({ place: file, reason: 'no samples beside it: run lm_eval with --log_samples' });
  const better = (json.higher_is_better ?? {}) as Record<string, Json>;
  const tasks: TaskScores[] = [];
  for (const one of files) tasks.push(...(await readSamples(one, Object.keys(json.results), better, omit)));
  const config = isMap(json.config) ? json.config : {};
  const seconds = typeof json.date === 'number' ? json.date : null;
  return {
    ...{ config, content, tasks, means: meansOf(json.results) },
    model: String(json.model_name ?? config.model_args ?? config.model ?? basename(file)),
    date: seconds && Math.round(seconds * 1000),
  };
}

/** `acc,none` is a score; `acc_stderr,none` and `alias` are none. */
function meansOf(results: Json): Map<string, Map<string, number>> {
  const tasks = Object.entries(results).filter((entry): entry is [string, Json] => isMap(entry[1]));
  return new Map(
    tasks.map(([task, values]) => {
      const scores = Object.entries(values).flatMap(([key, value]): [string, number][] => {
        const [metric, filter] = key.split(',');
        const isScore = typeof value === 'number' && filter !== undefined && !metric!.endsWith('_stderr');
        return isScore ? [[scoreName(metric!, filter), value]] : [];
      });
      return [nameOf(task), new Map(scores)];
    }),
  );
}

/** Lines of one file: several filters of a document stand one after the other. */
async function readSamples(
  file: string,
  known: string[],
  higherIsBetter: Record<string, Json>,
  omit: (omission: Omission) => void,
): Promise<TaskScores[]> {
  const task = taskOf(file, known);
  const lines = (await read(file)).split('\n').filter((line) => line.trim() !== '');
  const rows = lines.map((line, i) => parse(line, `${file}:${i + 1}`) as Json);
  const byFilter = grouped(rows);
  const tables = [...byFilter].map(([filter, own]) =>
    tableOf(own, filter, higherIsBetter[task] ?? {}, file, omit),
  );
  const [first] = tables;
  if (!first) return [];
  const same = tables.filter(({ keys }) => keys.join() === first.keys.join());
  if (same.length < tables.length)
    omit({ place: file, reason: 'filters with other documents than the first' });
  const scores = same.flatMap((table) => table.scores);
  if (scores.length === 0) omit({ place: file, reason: 'no score of a document is a number' });
  return scores.length === 0 ? [] : [{ task: nameOf(task), keys: first.keys, scores }];
}

const filterOf = (row: Json) => String(row.filter ?? 'none');

function grouped(rows: Json[]): Map<string, Json[]> {
  const groups = new Map<string, Json[]>();
  for (const row of rows) groups.set(filterOf(row), [...(groups.get(filterOf(row)) ?? []), row]);
  return groups;
}

function tableOf(
  rows: Json[],
  filter: string,
  higherIsBetter: Json,
  file: string,
  omit: (omission: Omission) => void,
): Omit<TaskScores, 'task'> {
  const seen = new Map<string, number>();
  const keys = rows.map(({ doc_hash, doc_id }) => {
    const key = typeof doc_hash === 'string' ? doc_hash.slice(0, 16) : `doc-${doc_id}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? key : `${key}#${count}`;
  });
  const metrics = (rows[0]!.metrics ?? []) as string[];
  const scores = metrics.flatMap((metric): TaskScores['scores'] => {
    const goal: Goal = higherIsBetter[metric] === false ? 'minimize' : 'maximize';
    const about = { score: scoreName(metric, filter), goal };
    const bits = metric === 'bits_per_byte' ? rows.map((row) => bitsOf(row[metric])) : [null];
    if (!bits.includes(null)) {
      const known = bits as { value: number; bytes: number }[];
      return [
        { ...about, values: known.map(({ value }) => value), weights: known.map(({ bytes }) => bytes) },
      ];
    }
    const values = rows.map((row) => numberOf(row[metric]));
    if (!values.includes(null)) return [{ ...about, values: values as number[], weights: null }];
    omit({
      place: file,
      reason: `${metric} of a document is no number: the harness computes it from all together`,
    });
    return [];
  });
  return { keys, scores };
}

/** The harness gives a document's log-likelihood and bytes, and divides the sums. */
function bitsOf(value: unknown): { value: number; bytes: number } | null {
  if (!Array.isArray(value) || value.length !== 2 || !value.every((one) => typeof one === 'number'))
    return null;
  const [logLikelihood, bytes] = value as [number, number];
  return { value: -logLikelihood / bytes / Math.LN2, bytes };
}

function numberOf(value: unknown): number | null {
  return typeof value === 'boolean' ? Number(value) : (metricFromJson(value) ?? null);
}

const scoreName = (metric: string, filter: string) =>
  nameOf(filter === 'none' ? metric : `${metric}.${filter}`);
const nameOf = (text: string) => text.replace(/[^A-Za-z0-9_.-]+/g, '_').slice(0, 100);

/** samples_TASK_DATE.jsonl; a task's name may have underscores, so the results say which it is. */
function taskOf(file: string, known: string[]): string {
  const name = basename(file).replace(/^samples_/, '');
  const fits = known.filter((task) => name.startsWith(`${task}_`) || name === `${task}.jsonl`);
  const [longest] = fits.sort((a, b) => b.length - a.length);
  if (longest !== undefined) return longest;
  throw invalid(
    file,
    `found no task of the results in its name, expected samples_TASK_DATE.jsonl of ${known.join(', ')}`,
  );
}

async function newestResults(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).filter((name) =>
    /(^|[\\/])results_[^\\/]*\.json$/.test(name),
  );
  const [newest] = names.sort((a, b) => basename(b).localeCompare(basename(a)));
  if (newest !== undefined) return join(folder, newest);
  throw invalid(folder, 'found no results_*.json, expected what lm_eval --output_path writes');
}

async function samplesBeside(file: string): Promise<string[]> {
  const date = /_(\d{4}-\d\d-\d\dT[\d.-]+)\.json$/.exec(basename(file))?.[1];
  if (date === undefined) return [];
  const names = await readdir(dirname(file));
  const own = names.filter((name) => name.startsWith('samples_') && name.endsWith(`_${date}.jsonl`));
  return own.sort().map((name) => join(dirname(file), name));
}

const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isFolder = (path: string) =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw invalid(file, `cannot be read: ${whyUnreadable(error)}`);
  }
}

/** Python writes NaN and Infinity, which JSON has not. */
function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text.replace(/(?<=[:[,]\s*)(NaN|-?Infinity)(?=\s*[,\]}])/g, '"$1"'));
  } catch (error) {
    throw invalid(place, `not JSON: ${(error as Error).message}`);
  }
}

const invalid = (place: string, message: string) =>
  new RanksweepError('INVALID_INPUT', `${place}: ${message}`, [{ field: 'path', message }]);
