import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { ApiClient } from '../api-client/api-client.js';
import { downloadFile } from '../api-client/artifact-transfer.js';
import {
  RunLogDocument,
  RunSeriesDocument,
  type SeriesFieldsFragment,
} from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import { type Selection, selectionFilter } from './bundle/selection.js';
import { bundleText, writeBundle } from './bundle/write-bundle.js';
import { clientOf, printJson, runCommand, type ServerOptions, withServer } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { type MergeType, mergeHere, mergeType } from './merge.js';
import { locateModel } from './reproduction/locate-inputs.js';
import { fetchRun, type RunRecord } from './run-report.js';

interface ExportOptions extends ServerOptions, Selection {
  bundle?: string;
  output?: string;
  merged?: boolean;
  dtype: MergeType;
}

/** As many as the server gives: a longer series comes in this many buckets, and the command says so. */
const MOST_POINTS = 100_000;
const ALL_LINES = 1_000_000;

export function addExport(program: Command): void {
  withServer(program.command('export'))
    .description(
      'write a run to a folder: config, record, metrics, evaluations, log, adapter and other files; or any runs as a bundle for ' +
        'another server (ranksweep import bundle)',
    )
    .argument('[run...]', 'ID of the run, or the beginning of it; for a bundle, of several')
    .option('--output <dir>', 'the folder (default: the ID)')
    .option('--bundle <dir>', 'write a bundle to this new folder: checksummed, with every point and file')
    .option('--project <name>', 'into the bundle: the runs of this project')
    .option('--sweep <id>', 'into the bundle: the runs of this sweep')
    .option('--filter <json>', 'into the bundle: the runs that a RunFilter of schema.gql lets through')
    .option('--merged', 'also the model with the adapter in its weights, in a folder merged')
    .addOption(mergeType())
    .action((ids: string[], options: ExportOptions) => runCommand(options, () => exportRuns(ids, options)));
}

function exportRuns(ids: string[], options: ExportOptions): Promise<ExitCode> {
  if (options.bundle !== undefined) return exportBundle(ids, options.bundle, options);
  const [id, second] = ids;
  if (id !== undefined && second === undefined) return exportRun(id, options);
  const message = `found ${ids.length} runs, expected one; or --bundle for any number`;
  throw new RanksweepError('INVALID_INPUT', `run: ${message}`, [{ field: 'run', message }]);
}

async function exportBundle(ids: string[], target: string, options: ExportOptions): Promise<ExitCode> {
  const client = clientOf(options);
  const written = await writeBundle(client, await selectionFilter(client, ids, options), target);
  if (options.json) printJson(written);
  else process.stdout.write(bundleText(written));
  return EXIT.ok;
}

async function exportRun(id: string, options: ExportOptions): Promise<ExitCode> {
  const client = clientOf(options);
  const run = await fetchRun(client, id);
  const folder = resolve(options.output ?? run.id);
  const texts = await textsOf(client, run);
  for (const [name, text] of Object.entries(texts)) await writeText(join(folder, name), text);
  for (const { name, sha256 } of run.artifacts) await downloadFile(client, sha256, placeOf(folder, name));
  const files = [...Object.keys(texts), ...run.artifacts.map(({ name }) => name)];
  if (options.merged) files.push(...(await exportMerged(run, folder, options)));
  if (options.json) printJson({ run: run.id, folder, files });
  else process.stdout.write(`${folder}\n${files.map((file) => `  ${file}\n`).join('')}`);
  return EXIT.ok;
}

/** The model is found by its hash: an adapter fits no other. @returns the files, inside the folder */
async function exportMerged(run: RunRecord, folder: string, { dtype }: ExportOptions): Promise<string[]> {
  const [adapter, output] = [join(folder, 'adapter'), join(folder, 'merged')];
  if (!existsSync(adapter) || !run.provenance?.model) {
    throw new RanksweepError('NOT_FOUND', `run ${run.id} kept no adapter that could be merged.`);
  }
  const model = await locateModel(run.provenance.model);
  const { files } = await mergeHere({ model, adapter, scale: 1, output, dtype });
  return files.map((name) => `merged/${name}`);
}

async function textsOf(client: ApiClient, run: RunRecord): Promise<Record<string, string>> {
  const series = (await client.request(RunSeriesDocument, { id: run.id, maxPoints: MOST_POINTS })).run!
    .series;
  for (const { name, count } of series.filter(({ exact }) => !exact)) {
    process.stderr.write(
      `${name} has ${count} points: the export holds the last of each of ${MOST_POINTS} buckets\n`,
    );
  }
  const log = (await client.request(RunLogDocument, { id: run.id, lastLines: ALL_LINES })).run!.log;
  return {
    'config.json': json(run.config),
    'config.yaml': stringify(run.config),
    'run.json': json(run),
    'metrics.csv': metricsCsv(series),
    'metrics.json': json(
      Object.fromEntries(series.map(({ name, steps, values, times }) => [name, { steps, values, times }])),
    ),
    'evaluations.json': json(run.evaluations),
    'log.txt': log.map((line) => `${line}\n`).join(''),
  };
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** One row per point: metric, step, value, time (ISO 8601). NaN and infinities as they are called everywhere. */
export function metricsCsv(
  series: Pick<SeriesFieldsFragment, 'name' | 'steps' | 'values' | 'times'>[],
): string {
  const rows = series.flatMap(({ name, steps, values, times }) =>
    steps.map((step, i) => `${csvField(name)},${step},${values[i]},${new Date(times[i]!).toISOString()}\n`),
  );
  return `metric,step,value,time\n${rows.join('')}`;
}

function csvField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** @throws RanksweepError for a name that would leave the folder */
function placeOf(folder: string, name: string): string {
  const isInside = !name.split(/[\\/]/).includes('..') && !/^([\\/]|[A-Za-z]:)/.test(name);
  if (isInside) return join(folder, name);
  throw new RanksweepError(
    'INVALID_INPUT',
    `The run has a file "${name}", which lies outside of its folder.`,
  );
}
