import { type ChildProcess, fork } from 'node:child_process';
import { LineSplitter } from '../worker/line-splitter.js';

/** One worker process for each device of this machine, each of which sees no other device. */
export interface DeviceWorkers {
  /** as CUDA_VISIBLE_DEVICES takes them */
  devices: string[];
  /** the program of a worker and its arguments */
  entry: string;
  argumentsFor(device: string): string[];
  /** asks all to end */
  signal: AbortSignal;
  onLine(device: string, line: string): void;
  onStart?(device: string, pid: number): void;
  /** a worker died and is started again, on the same device */
  onDeath?(device: string, how: string, againInMs: number): void;
  /** exit codes that no restart will cure */
  finalCodes: number[];
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** who lives longer than this did not die of what the last one died of */
const LONG_LIFE_MS = 300_000;

/** Runs until every worker has ended by itself or was asked to. @returns the largest of their exit codes */
export async function runDeviceWorkers(workers: DeviceWorkers): Promise<number> {
  return Math.max(...(await Promise.all(workers.devices.map((device) => keepWorker(workers, device)))));
}

/** One device's worker: started again when it dies, which the others do not notice. */
async function keepWorker(workers: DeviceWorkers, device: string): Promise<number> {
  let failures = 0;
  for (;;) {
    const began = Date.now();
    const { code, how } = await runOnce(workers, device);
    if (workers.signal.aborted || code === 0 || workers.finalCodes.includes(code)) return code;
    failures = Date.now() - began > LONG_LIFE_MS ? 0 : failures;
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** failures++, LONGEST_WAIT_MS);
    workers.onDeath?.(device, how, waitMs);
    await pause(waitMs, workers.signal);
    if (workers.signal.aborted) return code;
  }
}

function runOnce(workers: DeviceWorkers, device: string): Promise<{ code: number; how: string }> {
  const child = fork(workers.entry, workers.argumentsFor(device), {
    env: environmentOf(device),
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: [],
  });
  if (child.pid !== undefined) workers.onStart?.(device, child.pid);
  passLines(child, (line) => workers.onLine(device, line));
  const end = () => child.kill('SIGTERM');
  workers.signal.addEventListener('abort', end, { once: true });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 1, how: error.message }));
    child.on('close', (code, signal) => {
      workers.signal.removeEventListener('abort', end);
      resolve({ code: code ?? 1, how: signal ? `signal ${signal}` : `exit code ${code}` });
    });
  });
}

/** By default CUDA numbers the fastest GPU 0; here numbers mean what nvidia-smi shows. */
function environmentOf(device: string): NodeJS.ProcessEnv {
  return { ...process.env, CUDA_DEVICE_ORDER: 'PCI_BUS_ID', CUDA_VISIBLE_DEVICES: device };
}

function passLines(child: ChildProcess, onLine: (line: string) => void): void {
  const splitter = new LineSplitter();
  child.stdout!.setEncoding('utf8');
  child.stdout!.on('data', (text: string) => splitter.push(text).forEach(onLine));
  child.stdout!.on('end', () => splitter.end().forEach(onLine));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
