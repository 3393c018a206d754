import { execFile } from 'node:child_process';
import { arch, availableParallelism, cpus, hostname, platform, totalmem } from 'node:os';
import { promisify } from 'node:util';

export interface Hardware {
  host: string;
  platform: string;
  arch: string;
  cpu: string;
  cores: number;
  memoryBytes: number;
  /** name, memory and driver, as nvidia-smi says them */
  gpus: string[];
}

const GPU_QUERY = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'];
const run = promisify(execFile);
let known: Promise<Hardware> | null = null;

/** What this machine is; asked once per process. */
export function readHardware(): Promise<Hardware> {
  known ??= look();
  return known;
}

async function look(): Promise<Hardware> {
  return {
    host: hostname(),
    platform: platform(),
    arch: arch(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    gpus: await readGpus(),
  };
}

async function readGpus(): Promise<string[]> {
  try {
    const { stdout } = await run('nvidia-smi', GPU_QUERY, { timeout: 5_000 });
    return stdout.split('\n').filter((line) => line.trim() !== '');
  } catch {
    return [];
  }
}
