import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { formatBytes } from '../core/byte-size.js';
import { RanksweepError } from '../core/errors.js';
import type { RunConfig } from '../core/run-config.js';
import type { Parameters } from '../core/search-space.js';
import { parseSweep, type SweepConfig } from '../core/sweep-config.js';
import { resolveTrialConfig } from '../core/sweep-config-trial.js';
import { countPoints } from '../search/finite-space.js';
import type { TrialRecord } from '../search/sampler.js';
import { policyOf, suggest } from '../search/suggest.js';
import { forecastTrials, type TrialForecast } from '../worker/forecast-trials.js';
import { printJson, runCommand, type ServerOptions, withServer } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { type PastSpeed, pastSpeed } from './plan/past-speed.js';
import { formatNumber, formatSeconds } from './terminal/number-format.js';
import { objectiveLines } from './terminal/objective-lines.js';
import { textTable } from './terminal/text-table.js';
import { shortName } from './terminal/trial-table.js';

/** So many suggestions are shown. */
const SHOWN = 10;

interface Plan {
  points: number | null;
  trials: number | null;
  suggestions: { params: Parameters; forecast: TrialForecast | null }[];
  speed: PastSpeed | null;
  /** of all planned trials, one after the other; null: unknown */
  seconds: number | null;
}

export function addPlan(program: Command): void {
  withServer(program.command('plan'))
    .description(
      'check a sweep and show what it would do, before anything runs: points, first suggestions, parameters, memory, time',
    )
    .argument('<file>', 'a sweep in YAML')
    .action((file: string, options: ServerOptions) => runCommand(options, () => show(file, options), file));
}

async function show(file: string, options: ServerOptions): Promise<ExitCode> {
  const sweep = parseSweep(await textOf(file), file);
  for (const warning of sweep.warnings) process.stderr.write(`${warning}\n`);
  const plan = await planOf(sweep, options);
  if (options.json) printJson(plan);
  else process.stdout.write(`${report(sweep, plan)}\n`);
  return plan.suggestions.some(({ forecast }) => forecast && 'problem' in forecast) ? EXIT.failed : EXIT.ok;
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new RanksweepError('NOT_FOUND', `There is no file ${file}`);
  });
}

async function planOf(sweep: SweepConfig, options: ServerOptions): Promise<Plan> {
  const points = countPoints(sweep.parameters, sweep.constraints);
  const all =
    points === null ? sweep.runCap : Math.min(sweep.runCap ?? points * sweep.seeds, points * sweep.seeds);
  const params = firstSuggestions(sweep, all ?? SHOWN);
  const configs = sweep.run === null ? [] : params.map((one) => resolveTrialConfig(sweep, one));
  const forecasts = await forecastTrials(configs);
  const speed = configs.length === 0 ? null : await pastSpeed(options.url, configs[0] as RunConfig);
  const suggestions = params.map((one, i) => ({ params: one, forecast: forecasts[i] ?? null }));
  return { points, trials: all, suggestions, speed, seconds: secondsOf(forecasts, speed, all) };
}

/** As they come while no trial has ended. */
function firstSuggestions(sweep: SweepConfig, most: number): Parameters[] {
  const history: TrialRecord[] = [];
  while (history.length < Math.min(most, SHOWN)) {
    const next = suggest(sweep.parameters, history, policyOf(sweep), sweep.seed);
    if ('exhausted' in next) break;
    history.push({ params: next.params, state: 'running' });
  }
  return history.map(({ params }) => params);
}

function secondsOf(
  forecasts: TrialForecast[],
  speed: PastSpeed | null,
  trials: number | null,
): number | null {
  const known = forecasts.flatMap((one) => ('forecast' in one ? [one.forecast.tokens] : []));
  if (speed === null || trials === null || known.length === 0) return null;
  const tokens = known.reduce((sum, one) => sum + one, 0) / known.length;
  return (trials * tokens) / speed.tokensPerSecond;
}

function report(sweep: SweepConfig, plan: Plan): string {
  const { points, trials, suggestions } = plan;
  const size = points === null ? 'endlessly many points' : `${formatNumber(points)} points`;
  const count = trials === null ? 'trials until it is stopped' : `${formatNumber(trials)} trials`;
  const seeds = sweep.seeds > 1 ? `, up to ${sweep.seeds} seeds each` : '';
  const head = `${sweep.method} over ${size}: ${count}${seeds}`;
  const note = sweep.method === 'bayes' ? ' (while none has ended; later ones depend on what is found)' : '';
  const lines = [
    head,
    ...objectiveLines(sweep),
    `the first ${suggestions.length} suggestions${note}:`,
    table(plan),
    ...totals(plan),
  ];
  return lines.join('\n');
}

function table({ suggestions, speed }: Plan): string {
  const names = [...new Set(suggestions.flatMap(({ params }) => Object.keys(params)))];
  const isForecast = suggestions.some(({ forecast }) => forecast !== null);
  const header = ['trial', ...names.map(shortName), ...(isForecast ? ['trainable', 'memory', 'time'] : [])];
  const rows = suggestions.map(({ params, forecast }, i) => [
    String(i + 1),
    ...names.map((name) => formatNumber(params[name])),
    ...(forecast === null ? [] : cellsOf(forecast, speed)),
  ]);
  return textTable(header, rows);
}

function cellsOf(one: TrialForecast, speed: PastSpeed | null): string[] {
  if ('problem' in one) return ['–', '–', one.problem];
  const { trainableParameters, memory, tokens } = one.forecast;
  const time = speed === null ? '?' : formatSeconds(tokens / speed.tokensPerSecond);
  return [formatNumber(trainableParameters), formatBytes(memory.bytes), time];
}

function totals({ speed, seconds, suggestions }: Plan): string[] {
  if (suggestions.every(({ forecast }) => forecast === null))
    return ['memory and time are not known of a command'];
  if (speed === null)
    return ['time is not known: the server has no finished run of this model, or does not answer'];
  const { runs, tokensPerSecond, lowest, highest } = speed;
  const basis = `${formatNumber(tokensPerSecond)} tokens/s, the median of ${runs} finished runs of this model (${formatNumber(lowest)} to ${formatNumber(highest)})`;
  return [
    seconds === null
      ? `at ${basis}`
      : `all trials one after the other: about ${formatSeconds(seconds)}, at ${basis}`,
  ];
}
