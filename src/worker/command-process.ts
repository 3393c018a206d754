/**
 * The child process that runs any command for one run: it starts the command in a process group of its own, passes on its output and its
 * metrics, and ends the whole group when it is asked to stop or when the worker vanishes. Talks to the worker in child-messages.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PARAMETERS_FILE_MACRO } from '../core/sweep-config-command.js';
import { openChannel } from './child-channel.js';
import { failedEnding, type Preparation, type RunEnding } from './child-messages.js';
import { LineSplitter } from './line-splitter.js';
import { MetricsFile, metricsPath } from './metrics-file.js';

const LOOK_MS = 250;
const GRACE_MS = 10_000;
/** What a command has left running is ended this long after it. */
const LEFTOVER_MS = 2_000;
const ERROR_LINES = 20;

const channel = openChannel(() => {
  signalGroup('SIGKILL');
  process.exit(1);
});
let preparation: Preparation;
let command: ChildProcess | null = null;
let isAskedToStop = false;
const lastLines: string[] = [];

function signalGroup(signal: NodeJS.Signals): void {
  if (command?.pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? command.pid : -command.pid, signal);
  } catch {
    // it has ended already
  }
}

/** What the command finds in its environment, beside everything that the worker has. */
function environmentOf({ runId, config, seed, outputFolder, url }: Preparation, metricsPath: string) {
  return {
    ...process.env,
    PYTHONUNBUFFERED: '1',
    RANKSWEEP_RUN_ID: runId,
    RANKSWEEP_URL: url,
    RANKSWEEP_CONFIG: JSON.stringify(config),
    RANKSWEEP_METRICS: metricsPath,
    RANKSWEEP_OUTPUT: outputFolder,
    ...(seed !== null && { RANKSWEEP_SEED: String(seed) }),
  };
}

function passOn(stream: NodeJS.ReadableStream): void {
  const splitter = new LineSplitter();
  const send = (lines: string[]) => {
    if (lines.length === 0) return;
    lastLines.push(...lines);
    lastLines.splice(0, lastLines.length - ERROR_LINES);
    channel.send({ kind: 'log', lines });
  };
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => send(splitter.push(text)));
  stream.on('end', () => send(splitter.end()));
}

async function sendPoints(reading: ReturnType<MetricsFile['read']>): Promise<void> {
  const { points, complaints } = await reading;
  if (points.length > 0) channel.send({ kind: 'points', points });
  if (complaints.length > 0) channel.send({ kind: 'log', lines: complaints });
}

/** Writes the trial's parameters into the run's folder for a command that takes them so. */
function withParametersFile({ command: items, config, outputFolder }: Preparation): string[] {
  if (!items!.includes(PARAMETERS_FILE_MACRO)) return items!;
  const path = join(outputFolder, 'args.json');
  writeFileSync(path, JSON.stringify(config));
  return items!.map((item) => (item === PARAMETERS_FILE_MACRO ? path : item));
}

function begin(): void {
  const [program, ...args] = withParametersFile(preparation);
  const metrics = new MetricsFile(metricsPath(preparation.outputFolder));
  const env = environmentOf(preparation, metrics.path);
  command = spawn(program!, args, {
    env,
    cwd: preparation.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  passOn(command.stdout!);
  passOn(command.stderr!);
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(() => sendPoints(metrics.read()));
  }, LOOK_MS);
  const end = async (ending: RunEnding) => {
    clearInterval(timer);
    await looking;
    await sendPoints(metrics.readToEnd());
    channel.sendLast({ kind: 'ended', ending });
  };
  command.on('error', (error) => end(failedEnding(`"${program}" could not be started: ${error.message}`)));
  command.on('exit', () => setTimeout(() => signalGroup('SIGKILL'), LEFTOVER_MS).unref());
  command.on('close', (code, signal) => end(endingOf(code, signal)));
}

function endingOf(code: number | null, signal: string | null): RunEnding {
  const ending = { reason: null, error: null, facts: {}, evaluations: [] };
  if (isAskedToStop) return { ...ending, outcome: 'stopped' };
  if (code === 0) return { ...ending, outcome: 'finished' };
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  return failedEnding([`The command ended with ${how}.`, ...lastLines].join('\n'));
}

function stop(): void {
  isAskedToStop = true;
  signalGroup('SIGTERM');
  setTimeout(() => signalGroup('SIGKILL'), GRACE_MS).unref();
}

channel.onMessage((message) => {
  if (message.kind === 'prepare') {
    preparation = message.preparation;
    channel.send({ kind: 'ready', inputs: null, backend: null, check: null });
  }
  if (message.kind === 'begin') {
    if (isAskedToStop) channel.sendLast({ kind: 'ended', ending: endingOf(null, null) });
    else begin();
  }
  if (message.kind === 'stop') stop();
});
