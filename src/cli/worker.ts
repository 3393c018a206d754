import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type WorkerEvents, workLoop } from '../worker/claim-loop.js';
import {
  clientOf,
  interruption,
  runCommand,
  type ServerOptions,
  withIgnoreMemory,
  withServer,
} from './command-line.js';
import { EXIT } from './failure.js';
import { fetchSweep } from './terminal/watch-sweep.js';

interface WorkerCommandOptions extends ServerOptions {
  name?: string;
  sweep?: string;
  once?: boolean;
  exitWhenIdle?: boolean;
  workDir: string;
}

export function addWorker(program: Command): void {
  withIgnoreMemory(withServer(program.command('worker')))
    .description(
      'claim trials and execute them, one at a time: start one worker per GPU, or one per CPU machine',
    )
    .option('--name <name>', 'how it is called in lists (default: host and process id)')
    .option('--sweep <id>', 'only trials of this sweep')
    .option('--once', 'end after one run')
    .option('--exit-when-idle', 'end when no running sweep is left')
    .option('--work-dir <dir>', 'folder for files of runs until they are stored', join('.ranksweep', 'work'))
    .action((options: WorkerCommandOptions) => runCommand(options, () => work(options)));
}

async function work(options: WorkerCommandOptions) {
  const client = clientOf(options);
  // a wrong ID is said now, not waited for
  if (options.sweep !== undefined) await fetchSweep(client, options.sweep);
  const say = printer(options.json ?? false);
  const signal = interruption(() =>
    say('ending: the run is asked to stop; Ctrl-C again ends at once', { event: 'ending' }),
  );
  say(`working for ${client.url}`, { event: 'started', url: client.url });
  await workLoop({
    client,
    signal,
    name: options.name,
    sweepId: options.sweep,
    workFolder: resolve(options.workDir),
    until: options.once ? 'once' : options.exitWhenIdle ? 'idle' : undefined,
    events: eventsTo(say),
  });
  return EXIT.ok;
}

type Say = (text: string, json: object) => void;

function printer(asJson: boolean): Say {
  return (text, json) => process.stdout.write(asJson ? `${JSON.stringify(json)}\n` : `${text}\n`);
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
