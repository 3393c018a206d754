import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { visibleDevices } from './gpu-devices.js';

/** What one GPU does now; null: its driver does not say. */
export interface GpuUse {
  index: string;
  uuid: string;
  utilizationPercent: number | null;
  memoryBytes: number | null;
  powerWatts: number | null;
  temperatureCelsius: number | null;
}

const FIELDS = 'index,uuid,utilization.gpu,memory.used,power.draw,temperature.gpu';
const MIB = 2 ** 20;
const run = promisify(execFile);

/** The GPUs that this process may use, as nvidia-smi sees them; null without it. */
export async function readGpuUse(visible = visibleDevices()): Promise<GpuUse[] | null> {
  try {
    const args = [`--query-gpu=${FIELDS}`, '--format=csv,noheader,nounits'];
    const { stdout } = await run('nvidia-smi', args, { timeout: 5000, env: process.env });
    return parseGpuUse(stdout).filter(
      (gpu) => visible === null || visible.some((name) => isNamed(gpu, name)),
    );
  } catch {
    return null;
  }
}

/** nvidia-smi writes "[N/A]" or "[Not Supported]" for what a GPU cannot say. */
export function parseGpuUse(text: string): GpuUse[] {
  return text.split('\n').flatMap((line) => {
    const [index, uuid, utilization, memory, power, temperature] = line
      .split(',')
      .map((field) => field.trim());
    if (!index || !uuid) return [];
    const used = numberOf(memory);
    return [
      {
        ...{ index, uuid, utilizationPercent: numberOf(utilization), powerWatts: numberOf(power) },
        ...{ memoryBytes: used === null ? null : used * MIB, temperatureCelsius: numberOf(temperature) },
      },
    ];
  });
}

function numberOf(text: string | undefined): number | null {
  return text === undefined || text === '' || Number.isNaN(Number(text)) ? null : Number(text);
}

/** By its number, or by the beginning of its UUID, as CUDA allows. A part of a GPU (MIG-…) has no such numbers of its own. */
function isNamed({ index, uuid }: GpuUse, name: string): boolean {
  return name.startsWith('GPU-') ? uuid.startsWith(name) : index === name;
}
