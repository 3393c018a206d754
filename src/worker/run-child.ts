import { type ChildProcess, fork } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FromChild, Preparation, RunEnding, ToChild } from './child-messages.js';
import { failedEnding } from './child-messages.js';
import { deathOf, withMemoryAdvice } from './death-of-child.js';
import { LineSplitter } from './line-splitter.js';

/** Where the built entry files of the children lie. */
export const ENTRY_FOLDER = dirname(fileURLToPath(import.meta.url));
const LAST_LINES = 20;

export interface ChildListener {
  onReady(message: Extract<FromChild, { kind: 'ready' }>): void;
  onPoints(message: Extract<FromChild, { kind: 'points' }>): void;
  onProgress(message: Extract<FromChild, { kind: 'progress' }>): void;
  onLines(lines: string[]): void;
}

/** The worker's end of one run's child process. */
export class RunChild {
  private readonly process: ChildProcess;
  private ending: RunEnding | null = null;
  private isKilled = false;
  private estimatedBytes: number | null = null;
  private readonly lastLines: string[] = [];
  /** how the run ended, or how the process died; settles once, never rejects */
  readonly ended: Promise<RunEnding>;

  constructor(
    preparation: Preparation,
    private readonly listener: ChildListener,
    entryFolder = ENTRY_FOLDER,
  ) {
    const entry = preparation.command === null ? 'trainer-process.js' : 'command-process.js';
    this.process = fork(join(entryFolder, entry), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
    });
    this.process.on('message', (message) => this.receive(message as FromChild));
    for (const stream of [this.process.stdout!, this.process.stderr!]) this.capture(stream);
    this.ended = this.whenEnded();
    this.send({ kind: 'prepare', preparation });
  }

  /** of the process whose descendants do the work; undefined if it could not be started */
  get pid(): number | undefined {
    return this.process.pid;
  }

  begin(): void {
    this.send({ kind: 'begin' });
  }

  /** Asks it to end by itself: the trainer after its step, a command by SIGTERM. */
  stop(): void {
    this.send({ kind: 'stop' });
  }

  kill(): void {
    this.isKilled = true;
    this.process.kill('SIGKILL');
  }

  private send(message: ToChild): void {
    if (this.process.connected) this.process.send(message, () => {});
  }

  private receive(message: FromChild): void {
    if (message.kind === 'ready') this.listener.onReady(message);
    if (message.kind === 'memory') this.estimatedBytes = message.bytes;
    if (message.kind === 'points') this.listener.onPoints(message);
    if (message.kind === 'progress') this.listener.onProgress(message);
    if (message.kind === 'log') this.listener.onLines(message.lines);
    if (message.kind === 'ended') this.ending = this.explained(message.ending);
  }

  private explained(ending: RunEnding): RunEnding {
    const { error } = ending;
    return error === null ? ending : { ...ending, error: withMemoryAdvice(error, this.estimatedBytes) };
  }

  /** What libraries print past the channel: part of the log, and the explanation when the process dies. */
  private capture(stream: NodeJS.ReadableStream): void {
    const splitter = new LineSplitter();
    const take = (lines: string[]) => {
      this.lastLines.push(...lines);
      this.lastLines.splice(0, this.lastLines.length - LAST_LINES);
      if (lines.length > 0) this.listener.onLines(lines);
    };
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => take(splitter.push(text)));
    stream.on('end', () => take(splitter.end()));
  }

  private whenEnded(): Promise<RunEnding> {
    return new Promise((resolve) => {
      this.process.on('error', (error) =>
        resolve(failedEnding(`The run's process failed: ${error.message}`)),
      );
      this.process.on('close', (code, signal) => resolve(this.ending ?? this.death(code, signal)));
    });
  }

  private death(code: number | null, signal: string | null): RunEnding {
    return failedEnding(deathOf(code, signal, this.lastLines, this.isKilled, this.estimatedBytes));
  }
}
