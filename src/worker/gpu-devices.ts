import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Problem, RanksweepError } from '../core/errors.js';

// GPUs by the names that CUDA_VISIBLE_DEVICES takes: the number, the UUID (GPU-…), or that of a part of a GPU (MIG-…).

export interface GpuDevice {
  /** the number in nvidia-smi's order, or the UUID of a MIG part: what `all` names it by */
  id: string;
  uuid: string;
  /** number of the whole GPU */
  index: string;
}

const run = promisify(execFile);
const NAME = /^(\d+|GPU-[0-9a-f-]+|MIG-[0-9A-Za-z-]+(\/\d+\/\d+)?)$/;

/** What `nvidia-smi -L` lists: each GPU, or in place of one that is divided its MIG parts. Empty without NVIDIA's driver. */
export async function listGpus(): Promise<GpuDevice[]> {
  try {
    const { stdout } = await run('nvidia-smi', ['-L'], { timeout: 10_000 });
    return parseGpuList(stdout);
  } catch {
    return [];
  }
}

export function parseGpuList(text: string): GpuDevice[] {
  const devices: GpuDevice[] = [];
  const divided = new Set<string>();
  let index = '';
  for (const line of text.split('\n')) {
    const uuid = /\(UUID: ([^)\s]+)\)/.exec(line)?.[1];
    index = /^GPU (\d+):/.exec(line)?.[1] ?? index;
    if (uuid === undefined) continue;
    if (uuid.startsWith('MIG-')) divided.add(index);
    devices.push({ id: uuid.startsWith('MIG-') ? uuid : index, uuid, index });
  }
  return devices.filter(({ uuid, index: of }) => uuid.startsWith('MIG-') || !divided.has(of));
}

/** CUDA_VISIBLE_DEVICES as a list, read as CUDA does: up to the first entry that is no device. Null: not set, all are visible. */
export function visibleDevices(environment: NodeJS.ProcessEnv = process.env): string[] | null {
  const set = environment.CUDA_VISIBLE_DEVICES;
  if (set === undefined) return null;
  const entries = set.split(',').map((entry) => entry.trim());
  const end = entries.findIndex((entry) => !NAME.test(entry));
  return end < 0 ? entries : entries.slice(0, end);
}

/**
 * The devices that `worker --devices` names: a list, or `all` that this process may see.
 * @throws RanksweepError INVALID_INPUT if one of them is not there, is named twice, or is hidden by CUDA_VISIBLE_DEVICES
 */
export function resolveDevices(wanted: string, gpus: GpuDevice[], visible: string[] | null): string[] {
  const here = visible ?? gpus.map(({ id }) => id);
  const names = wanted.trim() === 'all' ? here : wanted.split(',').map((name) => name.trim());
  const problems = wanted.trim() === 'all' ? noneProblem(here, visible) : nameProblems(names, gpus, visible);
  if (problems.length === 0) return names;
  const message = problems.map((problem) => problem.message).join('; ');
  throw new RanksweepError('INVALID_INPUT', `--devices ${wanted}: ${message}`, problems);
}

function noneProblem(here: string[], visible: string[] | null): Problem[] {
  if (here.length > 0) return [];
  const why = visible ? 'CUDA_VISIBLE_DEVICES hides all GPUs' : 'nvidia-smi lists no GPU';
  return [
    { field: 'devices', message: `${why}; without --devices one worker starts, on this machine's processor` },
  ];
}

function nameProblems(names: string[], gpus: GpuDevice[], visible: string[] | null): Problem[] {
  const seen = new Set<string>();
  return names.flatMap((name, i) => {
    const message = problemOf(name, seen, gpus, visible);
    seen.add(name);
    return message ? [{ field: `devices[${i}]`, message }] : [];
  });
}

function problemOf(
  name: string,
  seen: Set<string>,
  gpus: GpuDevice[],
  visible: string[] | null,
): string | null {
  const found = `found ${JSON.stringify(name)}`;
  if (!NAME.test(name))
    return `${found}, expected a number, GPU-… or MIG-… as nvidia-smi -L lists them, or all`;
  if (seen.has(name)) return `${found} twice, and a GPU takes one worker`;
  if (visible)
    return visible.includes(name)
      ? null
      : `${found}, and CUDA_VISIBLE_DEVICES allows ${visible.join(', ') || 'none'}`;
  // Without nvidia-smi there is nothing to compare with.
  if (gpus.length === 0 || gpus.some((gpu) => isNamed(gpu, name))) return null;
  return `${found}, and nvidia-smi lists ${gpus.map(({ id }) => id).join(', ')}`;
}

/** By its number, by its UUID, or by the beginning of that, as CUDA allows. */
function isNamed({ uuid, index }: GpuDevice, name: string): boolean {
  const isUuid = /^(GPU|MIG)-/.test(name);
  return isUuid ? uuid.startsWith(name) : index === name;
}
