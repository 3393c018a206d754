import { hostname } from 'node:os';
import type { ApiClient } from '../api-client/api-client.js';
import { ClaimTrialDocument, RegisterWorkerDocument } from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import { type Execution, executeRun, type RunOutcome } from './execute-run.js';
import { readHardware } from './hardware.js';
import { mayPass } from './patience.js';
import { leaseOf, type RunLease } from './run-lease.js';
import { systemIntervalMs } from './system-monitor.js';

export interface WorkerOptions extends Pick<Execution, 'client' | 'workFolder' | 'signal' | 'entryFolder'> {
  /** how this worker is called in lists; default: host and process id */
  name?: string;
  /** only trials of this sweep */
  sweepId?: string;
  /** end after one run, or when no running sweep is left; default: never */
  until?: 'once' | 'idle';
  /** called when there is no trial: whether it had something to do */
  whenIdle?(): Promise<boolean>;
  events?: WorkerEvents;
}

export interface WorkerEvents {
  onRun?(lease: RunLease): void;
  onOutcome?(outcome: RunOutcome): void;
  onLine?(line: string): void;
  onTrouble?(message: string): void;
}

const WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;

/** @throws RanksweepError INVALID_INPUT if the environment asks for what no worker can do, before anything runs */
export async function registerWorker(client: ApiClient, name?: string): Promise<string> {
  systemIntervalMs();
  const visible = process.env.CUDA_VISIBLE_DEVICES;
  const device = { ...(await readHardware()), ...(visible !== undefined && { visibleDevices: visible }) };
  const input = { name: name ?? `${hostname()}-${process.pid}`, host: hostname(), device };
  return (await client.request(RegisterWorkerDocument, { input }, { repeatable: true })).registerWorker.id;
}

/**
 * Claims trials and executes them, one at a time, until it is told to end. A server that is away is waited for; one that forgot this worker
 * (a new database) gets to know it again.
 */
export async function workLoop(options: WorkerOptions): Promise<void> {
  let workerId: string | null = null;
  let failures = 0;
  while (!options.signal.aborted) {
    try {
      workerId ??= await registerWorker(options.client, options.name);
      const next = await workOnce(workerId, options);
      failures = 0;
      if (next === 'end') return;
      await pause(next, options.signal);
    } catch (error) {
      workerId = keepsWorker(error) ? workerId : null;
      options.events?.onTrouble?.(messageOf(error));
      await pause(Math.min(WAIT_MS * 2 ** failures++, LONGEST_WAIT_MS), options.signal);
    }
  }
}

/** @throws what no waiting will cure */
function keepsWorker(error: unknown): boolean {
  if (mayPass(error)) return true;
  if (error instanceof RanksweepError && error.code === 'NOT_FOUND') return false;
  throw error;
}

/** @returns how long to wait before the next claim, in ms, or that there will be none */
async function workOnce(workerId: string, options: WorkerOptions): Promise<number | 'end'> {
  const input = { workerId, sweepId: options.sweepId };
  const { claimTrial } = await options.client.request(ClaimTrialDocument, { input });
  const lease = leaseOf(claimTrial);
  if (lease === null) {
    const isDone = options.until === 'idle' && claimTrial.idle;
    if (!isDone && (await options.whenIdle?.())) return 0;
    return isDone ? 'end' : (claimTrial.waitMs ?? WAIT_MS);
  }
  await execute(lease, options);
  return options.until === 'once' ? 'end' : 0;
}

/** A run whose record cannot be closed is the server's to give away once its lease ends; the worker goes on. */
async function execute(lease: RunLease, options: WorkerOptions): Promise<void> {
  const { client, workFolder, signal, entryFolder, events } = options;
  const onLine = events?.onLine;
  events?.onRun?.(lease);
  try {
    const execution = { client, lease, workFolder, signal, entryFolder, onLine };
    const outcome = await executeRun({ ...execution, startedBy: 'worker' });
    events?.onOutcome?.(outcome);
  } catch (error) {
    events?.onTrouble?.(`run ${lease.runId} could not be recorded to its end: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ends early when the signal is given. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
