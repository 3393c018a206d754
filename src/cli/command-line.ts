import { type Command, InvalidArgumentError } from 'commander';
import { ApiClient, DEFAULT_URL } from '../api-client/api-client.js';
import { IGNORE_MEMORY } from '../core/ignore-memory.js';
import { EXIT, type ExitCode, errorJson, errorText, exitCodeOf } from './failure.js';

/** Options that every command which asks the server has. */
export interface ServerOptions {
  url: string;
  json?: boolean;
}

export function withServer(command: Command): Command {
  const url = process.env.RANKSWEEP_URL ?? DEFAULT_URL;
  return withJson(command.option('--url <url>', 'address of the server', url))
    .option(
      '--token <token>',
      'for a server that asks for one; better in RANKSWEEP_TOKEN, where no list of processes shows it',
    )
    .on('option:token', (token: string) => {
      process.env.RANKSWEEP_TOKEN = token;
    });
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON for programs instead of text for people');
}

export function clientOf({ url }: ServerOptions): ApiClient {
  return new ApiClient(url);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** For commands that train here: their children read it from the environment. */
export function withIgnoreMemory(command: Command): Command {
  return command
    .option('--ignore-memory', 'begin even if a run is estimated to need more memory than there is')
    .on('option:ignore-memory', () => {
      process.env[IGNORE_MEMORY] = '1';
    });
}

/** A whole number in a range, for commander. */
export function wholeNumber(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`expected a whole number from ${from} to ${to}`);
  };
}

/** Runs a command's body and turns its end into the exit code. `source` names the file that problems with a position are in. */
export async function runCommand(
  options: { json?: boolean },
  body: () => Promise<ExitCode>,
  source = '',
): Promise<void> {
  try {
    process.exitCode = await body();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    if (options.json) printJson(errorJson(error));
    else process.stderr.write(`${errorText(error, source)}\n`);
    if (process.env.RANKSWEEP_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  }
}

/** One Ctrl-C may arrive several times: from the terminal, and passed on by npm. */
const SAME_KEYSTROKE_MS = 1000;

/**
 * A signal that Ctrl-C or SIGTERM give. The second Ctrl-C ends the process at once: whoever asks twice does not want to wait.
 * @param onFirst says what happens now
 */
export function interruption(onFirst: () => void = () => {}): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const interrupt = () => {
    if (controller.signal.aborted) {
      if (Date.now() - firstAt > SAME_KEYSTROKE_MS) process.exit(EXIT.failed);
      return;
    }
    firstAt = Date.now();
    onFirst();
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}
