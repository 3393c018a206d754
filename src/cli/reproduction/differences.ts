import type { Provenance } from '../../worker/provenance.js';

/** Something that is not as it was when the original ran. */
export interface Difference {
  what: string;
  original: unknown;
  here: unknown;
}

type Fields = Record<string, unknown>;

/**
 * Every difference of code, dependencies, backend, machine and environment that could change a result, in the order of their weight.
 * Where a run was started from, and by what, is not among them.
 */
export function differencesBetween(original: Partial<Provenance>, here: Partial<Provenance>): Difference[] {
  return [
    ...compare('code commit', original.git?.commit, here.git?.commit),
    ...compare('uncommitted changes', original.git?.diff ?? '', here.git?.diff ?? ''),
    ...compare('lock file', original.lockFile?.sha256, here.lockFile?.sha256),
    ...compareEach('version of', original.versions, here.versions),
    ...compare('backend', original.backend?.name, here.backend?.name),
    ...compare('device of the backend', original.backend?.device ?? null, here.backend?.device ?? null),
    ...compare('threads of the backend', original.backend?.threads, here.backend?.threads),
    ...compareEach('machine:', original.hardware, here.hardware),
    ...compareEach('environment variable', original.environment, here.environment),
  ];
}

function compareEach(prefix: string, original: unknown, here: unknown): Difference[] {
  const [a, b] = [(original ?? {}) as Fields, (here ?? {}) as Fields];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return names.flatMap((name) => compare(`${prefix} ${name}`, a[name], b[name]));
}

function compare(what: string, original: unknown, here: unknown): Difference[] {
  const isSame = JSON.stringify(original ?? null) === JSON.stringify(here ?? null);
  return isSame ? [] : [{ what, original: original ?? null, here: here ?? null }];
}

const LONGEST = 60;

/** `code commit: was 1a2b3c, is 4d5e6f` */
export function differenceText({ what, original, here }: Difference): string {
  if (what === 'uncommitted changes') return `${what}: ${diffSize(original)} then, ${diffSize(here)} now`;
  return `${what}: was ${shown(original)}, is ${shown(here)}`;
}

function shown(value: unknown): string {
  if (value === null) return 'not there';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function diffSize(diff: unknown): string {
  const lines = String(diff).split('\n').length - 1;
  return lines === 0 ? 'none' : `a diff of ${lines} lines`;
}
