import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, hostname, platform, totalmem } from 'node:os';
import { promisify } from 'node:util';

export interface Hardware {
  host: string;
  platform: string;
  arch: string;
  cpu: string;
  /** instruction sets of the processor that kernels choose by, where the system says them */
  cpuFeatures: string[];
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
    cpuFeatures: readCpuFeatures(),
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    gpus: await readGpus(),
  };
}

const FEATURES = /^(fma|avx|avx2|avx512\w+|avx_vnni|amx_\w+|sse4_2|asimd\w*|sve\d?|fphp|bf16|i8mm)$/;

function readCpuFeatures(): string[] {
  try {
    const [, flags = ''] = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? [];
    return flags
      .split(' ')
      .filter((flag) => FEATURES.test(flag))
      .sort();
  } catch {
    return [];
  }
}

async function readGpus(): Promise<string[]> {
  try {
    const { stdout } = await run('nvidia-smi', GPU_QUERY, { timeout: 5_000 });
    return stdout.split('\n').filter((line) => line.trim() !== '');
  } catch {
    return [];
  }
}
