import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '../api-client/api-client.js';
import { DescribeRunDocument } from '../api-client/operations.generated.js';
import { SYSTEM } from '../core/measured-metric.js';
import { maskLines, secretValues } from '../core/secrets.js';
import type { RunState } from '../core/states.js';
import type { TrainingProgress } from '../training/train-run.js';
import { BoundedLog } from './bounded-log.js';
import type { FromChild, RunEnding } from './child-messages.js';
import { describeError } from './describe-error.js';
import { finishRun } from './finish-run.js';
import { type KeptContent, type StoredFile, storeContents } from './kept-content.js';
import type { LoggedPoint } from './metric-buffer.js';
import { metricsPath } from './metrics-file.js';
import { mayPass, withPatience } from './patience.js';
import { ProgressReporter } from './progress-reporter.js';
import { type Provenance, readOrigin, type StartedBy } from './provenance.js';
import { uploadOutputs } from './run-artifacts.js';
import { RunChild } from './run-child.js';
import type { RunLease } from './run-lease.js';
import { sealRun } from './seal-run.js';
import { goesOn, stateFileOf } from './state-file.js';
import { SystemMonitor } from './system-monitor.js';

export interface Execution {
  client: ApiClient;
  lease: RunLease;
  startedBy: StartedBy;
  /** where the run's output folder is made; removed again once everything is stored */
  workFolder: string;
  /** ends the run as cancelled */
  signal: AbortSignal;
  /** what the trainer gets instead of the recorded config: the same, with the paths where the inputs are now */
  located?: unknown;
  /** where a command is executed; default: here */
  cwd?: string;
  /** recorded with the run: what is known to be other than for the run that it repeats */
  drift?: unknown[];
  /** a backend to take if it works here, whatever `auto` would choose */
  preferredBackend?: string;
  /** file of a state that the trainer must go on from */
  resumeFrom?: string;
  /** that state may be another config's */
  mayDiffer?: boolean;
  /** the run is about to begin; what this throws ends it as failed before it does */
  onDescribed?(provenance: Provenance): void;
  onProgress?(progress: TrainingProgress): void;
  /** as the run logs them, before the server has them */
  onPoints?(points: readonly LoggedPoint[]): void;
  onLine?(line: string): void;
  /** folder of the children's built entry files */
  entryFolder?: string;
}

export interface RunOutcome {
  runId: string;
  state: RunState;
  error: string | null;
  /** the server gave the run away (state lost) or closed it: nothing more was stored */
  leaseLost: boolean;
}

type Ready = Extract<FromChild, { kind: 'ready' }>;

/** A stopped or cancelled run gets this long to end by itself. */
const GRACE_MS = 60_000;
const CANCEL_GRACE_MS = 12_000;
/** How long a run that begins or has ended waits for a server that is away. */
const PATIENCE_MS = 120_000;

/**
 * Executes one run in a child process of its own and records it: provenance and datasets before it begins, points and log while it runs,
 * files and ending after it. Everything that can go wrong with the run is a state of its outcome.
 * @throws ConnectionError when the server stayed away at the end
 */
export function executeRun(execution: Execution): Promise<RunOutcome> {
  return new RunExecution(execution).run();
}

class RunExecution {
  private readonly log = new BoundedLog();
  /** what must not get from this machine's environment into a record */
  private readonly secrets = secretValues(process.env);
  private readonly reporter: ProgressReporter;
  private readonly outputFolder: string;
  private readonly stateFile: string;
  private child: RunChild;
  private stopReason: string | null = null;
  private isCancelled = false;
  private isLost = false;
  private isDescribed = false;
  private refusal: string | null = null;
  private inputs: Promise<StoredFile[]> = Promise.resolve([]);

  constructor(private readonly execution: Execution) {
    const { client, lease, workFolder } = execution;
    this.outputFolder = join(workFolder, lease.runId);
    this.stateFile = stateFileOf(workFolder, lease);
    this.reporter = new ProgressReporter(client, lease, {
      onStop: (reason) => this.stop(reason),
      onLeaseLost: () => this.lose(),
      onRefused: (error) => this.refuse(error),
    });
  }

  async run(): Promise<RunOutcome> {
    await mkdir(this.outputFolder, { recursive: true });
    this.reporter.start();
    this.child = this.startChild();
    const cancel = () => this.cancel();
    this.execution.signal.addEventListener('abort', cancel, { once: true });
    if (this.execution.signal.aborted) cancel();
    const monitor = this.startMonitor();
    const ending = await this.child.ended;
    monitor.stop();
    this.reporter.addLines(this.log.rest());
    this.execution.signal.removeEventListener('abort', cancel);
    const outcome = await this.patiently(() => this.record(ending));
    await rm(this.outputFolder, { recursive: true, force: true });
    await rm(metricsPath(this.outputFolder), { force: true });
    if (!goesOn(outcome.state)) await rm(this.stateFile, { force: true });
    return outcome;
  }

  /** A trainer that goes on gives all points anew, those that the server has from before included. */
  private isNew({ metric, step }: LoggedPoint): boolean {
    return step > (this.execution.lease.recordedSteps?.get(metric) ?? Number.NEGATIVE_INFINITY);
  }

  private startMonitor(): SystemMonitor {
    const { recordedSteps = new Map<string, number>() } = this.execution.lease;
    const steps = [...recordedSteps].filter(([name]) => name.startsWith(SYSTEM)).map(([, step]) => step);
    const monitor = new SystemMonitor(
      this.child.pid ?? -1,
      (points) => this.reporter.addPoints(points),
      Math.max(0, ...steps),
    );
    monitor.start();
    return monitor;
  }

  private startChild(): RunChild {
    const {
      lease,
      located,
      client,
      entryFolder,
      preferredBackend = null,
      resumeFrom = null,
      mayDiffer = false,
    } = this.execution;
    const { runId, command, seed } = lease;
    const config = located ?? lease.config;
    const { outputFolder, stateFile } = this;
    const checksFolder = join(this.execution.workFolder, 'checks');
    const scoresFolder = join(this.execution.workFolder, 'base-scores');
    const files = { outputFolder, stateFile, resumeFrom, mayDiffer, checksFolder, scoresFolder };
    const { cwd = process.cwd() } = this.execution;
    const preparation = { runId, config, seed, command, cwd, ...files, preferredBackend, url: client.url };
    return new RunChild(
      preparation,
      {
        onReady: (message) => this.begin(message).catch((error) => this.refuse(error)),
        onPoints: ({ points }) => {
          this.execution.onPoints?.(points);
          this.reporter.addPoints(points.filter((point) => this.isNew(point)));
        },
        onProgress: ({ progress }) => this.execution.onProgress?.(progress),
        onLines: (lines) => this.addLines(lines),
      },
      entryFolder,
    );
  }

  private async begin(ready: Ready): Promise<void> {
    const { provenance, contents } = await this.describe(ready);
    this.execution.onDescribed?.(provenance);
    this.inputs = this.keep(contents);
    this.inputs.catch(() => {});
    this.child.begin();
  }

  private keep(contents: KeptContent[]): Promise<StoredFile[]> {
    const { client, lease } = this.execution;
    return this.patiently(() =>
      storeContents(client, lease.runId, contents, (line) => this.addLines([`ranksweep: ${line}`])),
    );
  }

  /** Seals where the run comes from and what it reads, and records it. @returns what is to be kept of it */
  private async describe({ inputs, backend, resumedFrom, check }: Omit<Ready, 'kind'>): Promise<{
    provenance: Provenance;
    contents: KeptContent[];
  }> {
    const { client, lease, startedBy, drift, entryFolder, cwd = process.cwd() } = this.execution;
    const { runId, leaseToken, command } = lease;
    const model = inputs?.model ?? null;
    const origin = await readOrigin(
      { command, backend, model, startedBy, drift, resumedFrom },
      cwd,
      entryFolder,
    );
    const { seal, contents, tooLarge } = await sealRun({ ...lease, inputs, origin, cwd });
    const [manifest] = await this.keep([seal]);
    const { provenance } = origin;
    const datasets = (inputs?.datasets ?? []).map((set) => ({ ...set, name: nameOf(set.path) }));
    const input = { runId, leaseToken, provenance, datasets, manifest, check };
    await this.patiently(() => client.request(DescribeRunDocument, { input }, { repeatable: true }));
    this.isDescribed = true;
    this.addLines(tooLarge.map((line) => `ranksweep: ${line}`));
    return { provenance, contents };
  }

  private patiently<T>(call: () => Promise<T>): Promise<T> {
    return withPatience(call, PATIENCE_MS, () => this.isCancelled);
  }

  private addLines(lines: string[]): void {
    for (const line of lines) this.execution.onLine?.(line);
    this.reporter.addLines(this.log.add(maskLines(lines, this.secrets)));
  }

  private stop(reason: string): void {
    if (this.stopReason !== null) return;
    this.stopReason = reason;
    this.endWithin(GRACE_MS);
  }

  private cancel(): void {
    this.isCancelled = true;
    this.stopReason ??= 'its worker was asked to end';
    this.endWithin(CANCEL_GRACE_MS);
  }

  private endWithin(ms: number): void {
    this.child.stop();
    const timer = setTimeout(() => this.child.kill(), ms);
    this.child.ended.then(() => clearTimeout(timer));
  }

  private lose(): void {
    this.isLost = true;
    this.child.kill();
  }

  private refuse(error: unknown): void {
    this.refusal ??= describeError(error);
    this.child.kill();
  }

  private async record(ending: RunEnding): Promise<RunOutcome> {
    const { runId } = this.execution.lease;
    const artifacts = this.isLost ? [] : await this.storeRest();
    const state = this.stateOf(ending);
    const said = this.refusal ?? (state === 'failed' ? ending.error : null);
    const error = said && maskLines(said.split('\n'), this.secrets).join('\n');
    const outcome = { runId, state, error, leaseLost: false };
    if (this.isLost) return { ...outcome, state: 'lost', leaseLost: true };
    return this.close(ending, outcome, artifacts);
  }

  /** A server that refuses what the run leaves (a quota, say) still records that it ended, and why without its files. */
  private async close(ending: RunEnding, outcome: RunOutcome, artifacts: StoredFile[]): Promise<RunOutcome> {
    try {
      const isRecorded = await this.finish(ending, outcome.state, outcome.error, artifacts);
      return isRecorded ? outcome : { ...outcome, state: 'lost', leaseLost: true };
    } catch (error) {
      if (mayPass(error) || this.refusal !== null) throw error;
      this.refusal = describeError(error);
      return this.close(ending, { ...outcome, state: 'failed', error: this.refusal }, []);
    }
  }

  /** What is still on its way to the server, and the files. A refusal here is a failure of the run like any other. */
  private async storeRest(): Promise<StoredFile[]> {
    try {
      if (!this.isDescribed) await this.describe({ inputs: null, backend: null, check: null });
      if (this.refusal === null) await this.reporter.close();
      else this.reporter.abandon();
      const { client, lease } = this.execution;
      return [...(await uploadOutputs(client, lease.runId, this.outputFolder)), ...(await this.inputs)];
    } catch (error) {
      if (mayPass(error)) throw error;
      this.refusal ??= describeError(error);
      return [];
    }
  }

  private stateOf({ outcome }: RunEnding): RunState {
    if (this.refusal !== null) return 'failed';
    if (this.isCancelled && outcome !== 'finished') return this.cancelledState();
    if (this.stopReason !== null && outcome === 'failed') return 'stopped';
    return outcome;
  }

  /** A trial is handed back, for another worker; a run that stands alone has nobody who would go on with it. */
  private cancelledState(): RunState {
    return this.execution.lease.sweepId === null ? 'cancelled' : 'lost';
  }

  private async finish(
    ending: RunEnding,
    state: RunState,
    error: string | null,
    artifacts: StoredFile[],
  ): Promise<boolean> {
    const { client, lease } = this.execution;
    const stopReason =
      state === 'stopped' || this.isCancelled ? (this.stopReason ?? ending.reason) : ending.reason;
    const { facts, evaluations } = ending;
    return finishRun(client, lease, { state, error, stopReason, facts, evaluations, artifacts });
  }
}

function nameOf(path: string): string {
  return path.split(/[\\/]/).slice(-2).join('/');
}
