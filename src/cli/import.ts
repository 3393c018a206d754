import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { RanksweepError } from '../core/errors.js';
import { EVALUATION_ROLES } from '../core/evaluation-set.js';
import { type ImportedBundle, importBundle } from './bundle/import-bundle.js';
import { clientOf, printJson, runCommand, type ServerOptions, withServer } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { csvSource } from './import/csv.js';
import { importLmEval, type LmEvalOptions, type LmEvalReport } from './import/import-lm-eval.js';
import { importRuns, reportText } from './import/import-runs.js';
import type { ImportSource } from './import/imported-run.js';
import { mlflowSource } from './import/mlflow.js';
import { tensorboardSource } from './import/tensorboard.js';
import { wandbSource } from './import/wandb.js';

interface ImportOptions extends ServerOptions {
  project: string;
}

interface Kind {
  name: string;
  what: string;
  sourceOf: (path: string, options: ImportOptions) => ImportSource;
}

const KINDS: Kind[] = [
  {
    name: 'mlflow',
    what: 'an SQLite file, a folder mlruns, or the address of a server; its experiments are projects',
    sourceOf: (path) => mlflowSource(path),
  },
  {
    name: 'wandb',
    what: 'offline runs (.wandb files) or an export (run.json and history.jsonl of each run), anywhere in a folder',
    sourceOf: wandbSource,
  },
  {
    name: 'tensorboard',
    what: 'a folder with event files: scalars and hyperparameters',
    sourceOf: tensorboardSource,
  },
  {
    name: 'csv',
    what: 'a file with columns metric, step, value, time, or a column for each metric',
    sourceOf: csvSource,
  },
];

/** `ranksweep import KIND PATH`: a past from elsewhere, under its own IDs and times. Each kind is a file in import/. */
export function addImport(program: Command): void {
  const imports = program
    .command('import')
    .description('bring the runs of another tracker: IDs and times are kept; twice is once');
  for (const kind of KINDS) addKind(imports, kind);
  addBundle(imports);
  addLmEval(imports);
}

function addBundle(imports: Command): void {
  withServer(imports.command('bundle'))
    .description(
      'what ranksweep bundle or export --bundle wrote: all of it, after every checksum was found right, or nothing',
    )
    .argument('<bundle>', 'the file, or the folder')
    .action((folder: string, options: ServerOptions) =>
      runCommand(options, async () => {
        const report = await importBundle(clientOf(options), folder);
        if (options.json) printJson(report);
        else process.stdout.write(bundleReport(report));
        return EXIT.ok;
      }),
    );
}

function addLmEval(imports: Command): void {
  withServer(imports.command('lm-eval'))
    .description(
      'what lm-evaluation-harness measured: a set for each task, its metrics by document (--log_samples)',
    )
    .argument('<path>', 'results_DATE.json, or a folder with it')
    .option('--samples <files...>', 'samples_TASK_DATE.jsonl (default: those beside it)', [])
    .option('--run <id>', 'the run whose weights were evaluated (default: a run is made)')
    .option('--base <path>', 'results of the base model on the same tasks')
    .option('--base-samples <files...>', 'its samples (default: those beside it)', [])
    .addOption(
      new Option('--role <role>', 'of the sets').choices(EVALUATION_ROLES).default('base_capability'),
    )
    .option('--project <name>', 'of a run that is made', 'lm-eval')
    .action((path: string, options: ServerOptions & LmEvalOptions) =>
      runCommand(options, async () => {
        const report = await importLmEval(clientOf(options), path, options);
        if (options.json) printJson(report);
        else process.stdout.write(lmEvalReport(report));
        return EXIT.ok;
      }),
    );
}

function lmEvalReport({ runId, sets, omissions }: LmEvalReport): string {
  const lines = [`run ${runId}:`];
  for (const { name, items, scores, hasBase } of sets) {
    lines.push(`  ${name}: ${items} items, ${scores.join(', ')}${hasBase ? ', beside the base' : ''}`);
  }
  for (const { place, reason } of omissions) lines.push(`  ${place}: ${reason}`);
  return `${lines.join('\n')}\n`;
}

function bundleReport({ added, known, points, omissions }: ImportedBundle): string {
  const lines = [`${added.length} runs added with ${points} points, ${known.length} known already.`];
  for (const { place, reason } of omissions) lines.push(`  ${place}: ${reason}`);
  return `${lines.join('\n')}\n`;
}

function addKind(imports: Command, { name, what, sourceOf }: Kind): void {
  withServer(imports.command(name))
    .description(what)
    .argument('<path>', 'where it lies')
    .option('--project <name>', 'project of runs that name none', name)
    .action((path: string, options: ImportOptions) =>
      runCommand(options, () => {
        checkThere(path);
        return bring(sourceOf(path, options), options);
      }),
    );
}

async function bring(source: ImportSource, options: ServerOptions): Promise<ExitCode> {
  const report = await importRuns(clientOf(options), source, ({ name }) => {
    if (process.stderr.isTTY) process.stderr.write(`${name}\n`);
  });
  if (options.json) printJson(report);
  else process.stdout.write(reportText(report));
  return report.runs.length === 0 ? EXIT.failed : EXIT.ok;
}

function checkThere(path: string): void {
  if (/^https?:/.test(path) || existsSync(path.replace(/^sqlite:\/\/\/|^file:\/\//, ''))) return;
  const message = `found "${path}", which is not there`;
  throw new RanksweepError('INVALID_INPUT', `path: ${message}`, [{ field: 'path', message }]);
}
