import { REMOVED } from '../core/secret-shapes.js';
import { SOUNDS_SECRET } from '../core/secrets.js';

/** Variables that change what a run computes, or say where it ran. Nothing else is recorded. */
const RECORDED = [
  'CI',
  'CUDA_VISIBLE_DEVICES',
  'LANG',
  'LC_ALL',
  'NODE_ENV',
  'NODE_OPTIONS',
  'PYTHONHASHSEED',
  'TZ',
  'UV_THREADPOOL_SIZE',
  'VK_ICD_FILENAMES',
];
const RECORDED_PREFIXES = [
  'CUBLAS_',
  'MKL_',
  'NVIDIA_',
  'OMP_',
  'OPENBLAS_',
  'RANKSWEEP_',
  'SLURM_JOB_',
  'TF_',
  'XLA_',
];

function isRecorded(name: string): boolean {
  const isListed = RECORDED.includes(name) || RECORDED_PREFIXES.some((prefix) => name.startsWith(prefix));
  return isListed && !SOUNDS_SECRET.test(name);
}

/** user:password in addresses. */
function withoutCredentials(text: string): string {
  return text.replace(/(\w+:\/\/)[^/\s@]+@/g, `$1${REMOVED}@`);
}

/** The part of an environment that belongs into a run's record; secrets never do. */
export function recordedEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const names = Object.keys(environment).filter(isRecorded).sort();
  return Object.fromEntries(names.map((name) => [name, withoutCredentials(environment[name] ?? '')]));
}

/** A command's arguments without the values of those that sound secret: `--token=x`, `--api-key x`, `PASSWORD=x`. */
export function recordedCommand(argv: readonly string[]): string[] {
  return argv.map((argument, i) => {
    const [name, value] = splitAtEquals(argument);
    if (value !== null && SOUNDS_SECRET.test(name)) return `${name}=${REMOVED}`;
    const before = argv[i - 1] ?? '';
    const isValueOfSecret = before.startsWith('-') && !before.includes('=') && SOUNDS_SECRET.test(before);
    return isValueOfSecret && !argument.startsWith('-') ? REMOVED : withoutCredentials(argument);
  });
}

function splitAtEquals(argument: string): [string, string | null] {
  const at = argument.indexOf('=');
  return at < 0 ? [argument, null] : [argument.slice(0, at), argument.slice(at + 1)];
}
