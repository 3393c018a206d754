import type { Command } from 'commander';
import {
  type EarlyStop,
  type LossCurve,
  type Overfitting,
  overfittingOf,
  stopEarly,
} from '../analysis/overfitting.js';
import { overfittingBySetting, type SettingGroup } from '../analysis/overfitting-by-setting.js';
import { overfittingWords } from '../analysis/overfitting-words.js';
import type { ApiClient } from '../api-client/api-client.js';
import {
  RunSeriesDocument,
  type SeriesFieldsFragment,
  SweepCurvesDocument,
} from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import { metricFromJson } from '../core/metric-value.js';
import { clientOf, printJson, runCommand, type ServerOptions, withServer } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { formatNumber } from './terminal/number-format.js';
import { textTable } from './terminal/text-table.js';
import { shortName } from './terminal/trial-table.js';

const TRAIN = 'train/loss';
const VALIDATION = 'validation/loss';
const OUT_OF_DOMAIN = 'out_of_domain/loss';
const POINTS = 20_000;

interface Options extends ServerOptions {
  patience: string;
}

interface Fit {
  found: Overfitting | null;
  stop: EarlyStop | null;
}

export function addOverfitting(program: Command): void {
  withServer(program.command('overfitting'))
    .description(
      'where a run’s training and validation losses part, what early stopping would have saved, and for a sweep which settings overfit',
    )
    .argument('<id>', 'of a run or a sweep, or the beginning of it')
    .option('--patience <n>', 'of the early stopping that is tried out, in validations', '2')
    .action((id: string, options: Options) => runCommand(options, () => show(id, options)));
}

async function show(id: string, options: Options): Promise<ExitCode> {
  const patience = Number(options.patience);
  if (!Number.isSafeInteger(patience) || patience < 1)
    throw new RanksweepError(
      'INVALID_INPUT',
      `--patience: found "${options.patience}", expected a whole number from 1`,
    );
  const client = clientOf(options);
  return id.startsWith('sweep')
    ? ofSweep(client, id, patience, options)
    : ofRun(client, id, patience, options);
}

async function ofRun(client: ApiClient, id: string, patience: number, options: Options): Promise<ExitCode> {
  const { run } = await client.request(RunSeriesDocument, { id, maxPoints: POINTS });
  if (!run) throw new RanksweepError('NOT_FOUND', `There is no run ${id}`);
  const fit = fitOf(run.series, patience);
  const words = overfittingWords(fit.found, fit.stop, formatNumber);
  if (options.json) printJson({ run: run.id, ...fit, words });
  else process.stdout.write(`${words}\n`);
  return EXIT.ok;
}

async function ofSweep(client: ApiClient, id: string, patience: number, options: Options): Promise<ExitCode> {
  const names = [TRAIN, VALIDATION, OUT_OF_DOMAIN];
  const { sweep } = await client.request(SweepCurvesDocument, { id, names, maxPoints: POINTS });
  if (!sweep) throw new RanksweepError('NOT_FOUND', `There is no sweep ${id}`);
  const fits = sweep.trials.flatMap(({ number, parameters, run }) =>
    run ? [{ trial: number, run: run.id, params: parameters as object, ...fitOf(run.series, patience) }] : [],
  );
  const runs = fits.map(({ params, found }) => ({
    params: { ...params },
    rise: found === null ? null : found.last - found.best,
  }));
  const settings = overfittingBySetting(runs);
  if (options.json) printJson({ sweep: sweep.id, trials: fits, settings });
  else process.stdout.write(`${[trialsText(fits), ...settingsText(settings)].join('\n\n')}\n`);
  return EXIT.ok;
}

function fitOf(series: readonly SeriesFieldsFragment[], patience: number): Fit {
  const [train, validation, outOfDomain] = [TRAIN, VALIDATION, OUT_OF_DOMAIN].map((name) =>
    curveOf(series, name),
  );
  if (!validation) return { found: null, stop: null };
  const found = overfittingOf({ train: train ?? null, validation, outOfDomain: outOfDomain ?? null });
  return { found, stop: stopEarly(validation, patience) };
}

function curveOf(series: readonly SeriesFieldsFragment[], name: string): LossCurve | null {
  const one = series.find((candidate) => candidate.name === name);
  if (one === undefined) return null;
  return { steps: one.steps, values: one.values.map((value) => metricFromJson(value) ?? Number.NaN) };
}

const percent = (share: number | null) => (share === null ? '–' : `${formatNumber(100 * share)} %`);

function trialsText(fits: readonly ({ trial: number } & Fit)[]): string {
  const header = [
    'trial',
    'best step',
    'best',
    'at the end',
    'given back',
    'training since',
    'gap',
    'overfitted',
  ];
  const rows = fits.map(({ trial, found }) =>
    found === null
      ? [String(trial), ...Array.from({ length: 7 }, () => '–')]
      : [
          ...[
            String(trial),
            formatNumber(found.bestStep),
            formatNumber(found.best),
            formatNumber(found.last),
          ],
          ...[percent(found.givenBack), formatNumber(found.trainChange), formatNumber(found.gap.atEnd)],
          found.isOverfitted ? 'yes' : 'no',
        ],
  );
  return `validation/loss of each trial:\n${textTable(header, rows)}`;
}

function settingsText(settings: readonly SettingGroup[]): string[] {
  if (settings.length === 0) return [];
  const rows = settings.map(({ setting, value, n, mean, deviation }) => [
    ...[shortName(setting), value, formatNumber(mean), formatNumber(deviation), String(n)],
  ]);
  const table = textTable(['setting', 'value', 'rise', '± deviation', 'n'], rows);
  return [
    `how far validation/loss ended above its lowest, by setting (trials differ in several settings at once: a hint, no proof):\n${table}`,
  ];
}
