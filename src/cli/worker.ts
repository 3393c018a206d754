import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { runDeviceWorkers } from '../launchers/device-workers.js';
import { type WorkerEvents, workLoop } from '../worker/claim-loop.js';
import { listGpus, resolveDevices, visibleDevices } from '../worker/gpu-devices.js';
import {
  clientOf,
  interruption,
  runCommand,
  type ServerOptions,
  withIgnoreMemory,
  withServer,
} from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { type Checked, spotChecker, spotCheckInterval } from './spot-check.js';
import { fetchSweep } from './terminal/watch-sweep.js';

interface WorkerCommandOptions extends ServerOptions {
  name?: string;
  sweep?: string;
  once?: boolean;
  exitWhenIdle?: boolean;
  workDir: string;
  devices?: string;
  spotcheck?: string;
}

export function addWorker(program: Command): void {
  withIgnoreMemory(withServer(program.command('worker')))
    .description(
      'claim trials and execute them, one at a time: one worker per CPU machine; --devices starts one per GPU',
    )
    .option(
      '--devices <list>',
      'one worker for each of these GPUs: 0,1,2,3 or UUIDs as nvidia-smi -L lists them, or all',
    )
    .option('--name <name>', 'how it is called in lists (default: host and process id)')
    .option('--sweep <id>', 'only trials of this sweep')
    .option('--once', 'end after one run')
    .option('--exit-when-idle', 'end when no running sweep is left')
    .option(
      '--spotcheck <when>',
      'when there is nothing to do, repeat a finished run drawn at random and report drift: nightly, hourly, weekly, or e.g. 12h',
    )
    .option('--work-dir <dir>', 'folder for files of runs until they are stored', join('.ranksweep', 'work'))
    .action((options: WorkerCommandOptions) => runCommand(options, () => work(options)));
}

async function work(options: WorkerCommandOptions) {
  const client = clientOf(options);
  // a wrong ID is said now, not waited for
  if (options.sweep !== undefined) await fetchSweep(client, options.sweep);
  const seconds = options.spotcheck === undefined ? null : spotCheckInterval(options.spotcheck);
  if (options.devices !== undefined) return workOnDevices(options, options.devices);
  const say = printer(options.json ?? false);
  const signal = interruption(() =>
    say('ending: the run is asked to stop; Ctrl-C again ends at once', { event: 'ending' }),
  );
  endWithParent();
  const visible = process.env.CUDA_VISIBLE_DEVICES;
  const on = visible === undefined ? '' : ` on CUDA_VISIBLE_DEVICES=${visible}`;
  say(`working for ${client.url}${on}`, { event: 'started', url: client.url });
  await workLoop({
    client,
    signal,
    name: options.name,
    sweepId: options.sweep,
    workFolder: resolve(options.workDir),
    until: options.once ? 'once' : options.exitWhenIdle ? 'idle' : undefined,
    whenIdle:
      seconds === null ? undefined : spotChecker({ client, seconds, signal, onChecked: checkedTo(say) }),
    events: eventsTo(say),
  });
  return EXIT.ok;
}

/** A worker that `--devices` started ends with the process that did: nobody else would know of it. */
function endWithParent(): void {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // The channel alone must not keep a worker that is done.
  process.channel?.unref();
}

/** One process for each GPU, of which the others are hidden from it. */
async function workOnDevices(options: WorkerCommandOptions, list: string): Promise<ExitCode> {
  const devices = resolveDevices(list, await listGpus(), visibleDevices());
  const say = printer(options.json ?? false);
  const signal = interruption(() => say('ending: all workers are asked to end', { event: 'ending' }));
  const code = await runDeviceWorkers({
    devices,
    entry: process.argv[1]!,
    argumentsFor: (device) => argumentsOf(options, device),
    signal,
    onLine: (device, line) =>
      process.stdout.write(`${options.json ? withDevice(line, device) : `[${device}] ${line}`}\n`),
    onStart: (device, pid) => say(`[${device}] process ${pid}`, { event: 'process', device, pid }),
    onDeath: (device, how, againInMs) =>
      say(`[${device}] its worker ended with ${how}; it starts again in ${againInMs / 1000} s`, {
        event: 'death',
        device,
        how,
        againInMs,
      }),
    finalCodes: [EXIT.badInput],
  });
  return code === EXIT.ok || code === EXIT.badInput ? code : EXIT.failed;
}

function argumentsOf(
  { url, workDir, name, sweep, once, exitWhenIdle, json, spotcheck }: WorkerCommandOptions,
  device: string,
): string[] {
  const short = device.length > 12 ? device.slice(0, 12) : device;
  return [
    ...['worker', '--url', url, '--work-dir', workDir, '--name', `${name ?? hostname()}-gpu-${short}`],
    ...(sweep ? ['--sweep', sweep] : []),
    ...(once ? ['--once'] : []),
    ...(exitWhenIdle ? ['--exit-when-idle'] : []),
    ...(json ? ['--json'] : []),
    ...(spotcheck ? ['--spotcheck', spotcheck] : []),
  ];
}

/** What a worker prints with --json, with its device. */
function withDevice(line: string, device: string): string {
  try {
    return JSON.stringify({ ...JSON.parse(line), device });
  } catch {
    return line;
  }
}

type Say = (text: string, json: object) => void;

function printer(asJson: boolean): Say {
  return (text, json) => process.stdout.write(asJson ? `${JSON.stringify(json)}\n` : `${text}\n`);
}

function checkedTo(say: Say): (checked: Checked) => void {
  return (checked) => {
    const drift = checked.isDrift ? ' DRIFT' : '';
    say(`spot check of ${checked.runId}:${drift} ${checked.why}`, { event: 'spotcheck', ...checked });
  };
}

function eventsTo(say: Say): WorkerEvents {
  return {
    onRun: ({ runId, sweepId, trialNumber, parameters }) => {
      const text = `trial ${trialNumber} of ${sweepId}: run ${runId} ${JSON.stringify(parameters)}`;
      say(text, { event: 'run', runId, sweepId, trialNumber, parameters });
    },
    onOutcome: (outcome) => {
      const why = outcome.leaseLost ? ' (its lease was lost)' : outcome.error ? `: ${outcome.error}` : '';
      say(`run ${outcome.runId} ${outcome.state}${why}`, { event: 'outcome', ...outcome });
    },
    onTrouble: (message) => say(message, { event: 'trouble', message }),
  };
}
