import { type Command, InvalidArgumentError } from 'commander';
import type { ApiClient } from '../api-client/api-client.js';
import {
  CancelSweepDocument,
  EditSweepDocument,
  PauseSweepDocument,
  ResumeSweepDocument,
  type SweepControlFragment,
  type SweepEditInput,
} from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import { parseDuration } from '../core/stop-rules.js';
import { clientOf, printJson, runCommand, type ServerOptions, withServer } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';

interface EditOptions extends ServerOptions {
  runCap?: number | null;
  time?: number | null;
  gpuHours?: number | null;
  noImprovement?: number | null;
  failures?: number | null;
  reference?: Record<string, number> | null;
  because?: string;
}

type Action = (client: ApiClient) => Promise<SweepControlFragment>;

/** pause, resume, cancel, edit */
export function addSweepControl(program: Command): void {
  addAction(
    program,
    'pause',
    'suggest no more trials of a sweep; the running ones go on',
    (id) => (client) => client.request(PauseSweepDocument, { id }).then(({ pauseSweep }) => pauseSweep),
  );
  addAction(
    program,
    'resume',
    'go on with a paused sweep',
    (id) => (client) => client.request(ResumeSweepDocument, { id }).then(({ resumeSweep }) => resumeSweep),
  );
  addAction(
    program,
    'cancel',
    'end a sweep for good: running trials are told to stop',
    (id) => (client) => client.request(CancelSweepDocument, { id }).then(({ cancelSweep }) => cancelSweep),
  );
  addEdit(program);
}

function addAction(program: Command, name: string, description: string, of: (id: string) => Action): void {
  withServer(program.command(name))
    .description(description)
    .argument('<sweep>', 'ID of the sweep, or the beginning of it')
    .action((id: string, options: ServerOptions) => runCommand(options, () => act(options, of(id))));
}

function addEdit(program: Command): void {
  withServer(program.command('edit'))
    .description("change a sweep's limits, for the record; a finished sweep that is given more goes on")
    .argument('<sweep>', 'ID of the sweep, or the beginning of it')
    .option('--run-cap <n>', 'trials in all, or none', limit)
    .option('--time <duration>', 'since the sweep was made, e.g. 90m or 8h, or none', duration)
    .option('--gpu-hours <n>', 'sum of its runs, or none', limit)
    .option('--no-improvement-in <n>', 'finished trials in a row without a new best, or none', limit)
    .option('--failures <n>', 'failed trials, or none', limit)
    .option(
      '--reference <objective=value>',
      "a value of the reference point, with several objectives; 'none': by the rule once more (repeatable)",
      reference,
    )
    .option('--because <text>', 'the reason, for the record')
    .action((id: string, options: EditOptions) => runCommand(options, () => edit(id, options)));
}

function edit(id: string, options: EditOptions & { noImprovementIn?: number | null }): Promise<ExitCode> {
  const { runCap, time: seconds, gpuHours, noImprovementIn: noImprovement, failures, because } = options;
  const referencePoint = options.reference;
  const limits = { runCap, seconds, gpuHours, noImprovement, failures, referencePoint };
  if (Object.values(limits).every((value) => value === undefined)) {
    throw new RanksweepError(
      'INVALID_INPUT',
      'nothing to change: give --run-cap, --time, --gpu-hours, --no-improvement-in, --failures or --reference',
    );
  }
  const input: SweepEditInput = { ...limits, because };
  return act(options, (client) =>
    client.request(EditSweepDocument, { id, input }).then((data) => data.editSweep),
  );
}

async function act(options: ServerOptions, action: Action): Promise<ExitCode> {
  const sweep = await action(clientOf(options));
  if (options.json) printJson(sweep);
  else process.stdout.write(`${sentence(sweep)}\n`);
  return EXIT.ok;
}

function sentence(sweep: SweepControlFragment): string {
  const { id, name, state, plannedTrials, stopRules, endReason } = sweep;
  const rules = Object.entries((stopRules ?? {}) as Record<string, number | null>)
    .filter(([, value]) => value !== null)
    .map(([rule, value]) => `${rule} ${value}`);
  const limits = [plannedTrials === null ? 'trials without end' : `${plannedTrials} trials`, ...rules].join(
    ', ',
  );
  const point = Object.entries((sweep.referencePoint ?? {}) as Record<string, number>)
    .map(([objective, value]) => `${objective} ${value}`)
    .join(', ');
  const from = point === '' ? '' : `; reference point: ${point}`;
  return `sweep ${id} (${name}) is ${state}: ${limits}${from}${endReason ? `; ${endReason}` : ''}`;
}

/** null: no limit */
function limit(text: string): number | null {
  if (text === 'none') return null;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a number above 0, or none');
}

/** null: by the rule */
function reference(
  text: string,
  before: Record<string, number> | null = null,
): Record<string, number> | null {
  if (text === 'none') return null;
  const [, name, value] = /^(.+)=([^=]+)$/.exec(text) ?? [];
  if (name !== undefined && value!.trim() !== '' && Number.isFinite(Number(value)))
    return { ...before, [name]: Number(value) };
  throw new InvalidArgumentError('expected objective=value, e.g. val/loss=2.5, or none');
}

function duration(text: string): number | null {
  if (text === 'none') return null;
  const seconds = parseDuration(text);
  if (seconds !== null) return seconds;
  throw new InvalidArgumentError('expected a duration such as 90s, 30m, 2h or 1d, or none');
}
