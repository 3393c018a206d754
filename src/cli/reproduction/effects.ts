import type { Provenance } from '../../worker/provenance.js';

/** Whether a difference can change what a run computes, and why. */
export interface Effect {
  canChange: boolean;
  why: string;
}

/** Where the original computed: what can change its numbers depends on it. */
export type Arithmetic = 'embedded' | 'native' | 'gpu' | 'command';

const can = (why: string): Effect => ({ canChange: true, why });
const cannot = (why: string): Effect => ({ canChange: false, why });

/**
 * `embedded` is WebAssembly and plain JavaScript: one thread, no fused multiply-add, the language's own functions, so the same bits
 * everywhere (docs/decisions/0010). The others choose kernels by processor, driver and threads.
 */
export function arithmeticOf({ executes, backend }: Partial<Provenance>): Arithmetic {
  if (executes === 'command') return 'command';
  if (backend?.name === 'tfjs-node-gpu' || backend?.name === 'webgpu') return 'gpu';
  return backend?.name === 'tfjs-node' ? 'native' : 'embedded';
}

export function effectOfCode(hasTrainerHash: boolean): Effect {
  return hasTrainerHash
    ? cannot('the trainer’s program is compared by itself')
    : can('the code that computes may be another');
}

export const EFFECTS = {
  trainer: can('the trainer’s program is another'),
  seal: can('the record is not what it was when the run began'),
  file: can('the command names it'),
  packages: can('libraries compute'),
  interpreter: can('it executes the code'),
  backend: can('other kernels round differently'),
  device: can('kernels are chosen by device'),
  secret: can('the changes that were made to the code are not all kept'),
} satisfies Record<string, Effect>;

export function effectOfLockFile(arithmetic: Arithmetic): Effect {
  return arithmetic === 'command'
    ? can('it pins the libraries')
    : cannot('the libraries that compute are compared by themselves');
}

export function effectOfContainer(arithmetic: Arithmetic): Effect {
  return arithmetic === 'embedded'
    ? cannot('no library of the system computes')
    : can('it brings libraries that compute');
}

export function effectOfVersion(name: string, original: unknown, here: unknown): Effect {
  if (name === 'ranksweep') return cannot('the trainer’s program is compared by itself');
  if (name !== 'node') return can('this library computes');
  const isSameMajor = major(original) === major(here);
  return isSameMajor
    ? cannot('the same major version has the same mathematics')
    : can('another major version of Node brings another V8');
}

export function effectOfThreads(arithmetic: Arithmetic): Effect {
  return arithmetic === 'embedded' ? cannot('one thread computes') : can('sums are split by thread');
}

const MACHINE: Record<string, (arithmetic: Arithmetic) => Effect> = {
  host: () => cannot('a name'),
  memoryBytes: () => cannot('it is enough or it is not'),
  cpu: () => cannot('its instruction sets are compared by themselves'),
  cpuFeatures: (where) =>
    where === 'embedded' ? cannot('WebAssembly is the same on all') : can('kernels are chosen by them'),
  cores: (where) =>
    where === 'command' ? can('libraries split sums by core') : cannot('threads are compared by themselves'),
  platform: (where) =>
    where === 'embedded'
      ? cannot('WebAssembly is the same on all')
      : can('its mathematical library is another'),
  arch: (where) =>
    where === 'embedded' ? cannot('WebAssembly is the same on all') : can('kernels are others'),
  gpus: (where) =>
    where === 'gpu' || where === 'command' ? can('kernels are chosen by GPU and driver') : cannot('not used'),
};

/** Of a part of `hardware`; an unknown one might. */
export function effectOfMachine(name: string, arithmetic: Arithmetic): Effect {
  return MACHINE[name]?.(arithmetic) ?? can('it is not known what it does');
}

const HARMLESS = /^(CI|NODE_ENV|UV_THREADPOOL_SIZE|SLURM_JOB_\w+|RANKSWEEP_(?!NATIVE_KERNELS)\w+)$/;
const LANGUAGE = /^(LANG|LC_ALL|TZ)$/;
const OF_GPUS = /^(CUDA_|CUBLAS_|NVIDIA_|XLA_|VK_)/;
const OF_NATIVE = /^(TF_|OMP_|MKL_|OPENBLAS_|RANKSWEEP_NATIVE_KERNELS)/;

export function effectOfVariable(name: string, arithmetic: Arithmetic): Effect {
  if (HARMLESS.test(name)) return cannot('no number depends on it');
  if (arithmetic === 'command') return can('the command may read it');
  if (LANGUAGE.test(name)) return cannot('the trainer does not look at it');
  if (OF_GPUS.test(name))
    return arithmetic === 'gpu' ? can('it decides on kernels') : cannot('no GPU computes');
  if (OF_NATIVE.test(name))
    return arithmetic === 'embedded' ? cannot('no native library computes') : can('it decides on kernels');
  return name === 'NODE_OPTIONS' ? can('it changes Node') : cannot('the trainer does not look at it');
}

function major(version: unknown): string {
  return String(version).split('.')[0]!;
}
