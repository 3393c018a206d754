import { canonicalJson } from '../../core/canonical-json.js';
import type { Provenance } from '../../worker/provenance.js';
import {
  arithmeticOf,
  EFFECTS,
  type Effect,
  effectOfCode,
  effectOfContainer,
  effectOfLockFile,
  effectOfMachine,
  effectOfThreads,
  effectOfVariable,
  effectOfVersion,
} from './effects.js';

/** Something that is not as it was when the original ran, and whether it can change a number. */
export interface Difference extends Effect {
  what: string;
  original: unknown;
  here: unknown;
}

type Fields = Record<string, unknown>;
type EffectOf = (name: string, original: unknown, here: unknown) => Effect;

/**
 * Every difference of code, dependencies, backend, machine and environment, in the order of their weight. What the original did not record
 * is no difference. Where a run was started from, and by what, is not among them.
 */
export function differencesBetween(original: Partial<Provenance>, here: Partial<Provenance>): Difference[] {
  const where = arithmeticOf(original);
  const code = () => effectOfCode(Boolean(original.trainer && here.trainer));
  return [
    ...compareKnown('trainer’s program', original.trainer, here.trainer, EFFECTS.trainer),
    ...compare('code commit', original.git?.commit, here.git?.commit, code()),
    ...compare('uncommitted changes', changesOf(original), changesOf(here), code()),
    ...compare('lock file', original.lockFile?.sha256, here.lockFile?.sha256, effectOfLockFile(where)),
    ...compareKnown(
      'interpreter',
      original.interpreter?.version,
      here.interpreter?.version,
      EFFECTS.interpreter,
    ),
    ...compareKnown('packages', packagesOf(original), packagesOf(here), EFFECTS.packages),
    ...compareKnown('container', original.container, here.container, effectOfContainer(where)),
    ...compareEach('version of', original.versions, here.versions, effectOfVersion),
    ...compare('backend', original.backend?.name, here.backend?.name, EFFECTS.backend),
    ...compare('device of the backend', original.backend?.device, here.backend?.device, EFFECTS.device),
    ...compare(
      'threads of the backend',
      original.backend?.threads,
      here.backend?.threads,
      effectOfThreads(where),
    ),
    ...compareKnownEach('machine:', original.hardware, here.hardware, (name) => effectOfMachine(name, where)),
    ...compareEach('environment variable', original.environment, here.environment, (name) =>
      effectOfVariable(name, where),
    ),
  ];
}

/** The text that people may read; of a longer one the patch's hash tells more. */
function changesOf({ git, code }: Partial<Provenance>): string {
  return git?.diff ?? code?.patch?.sha256 ?? '';
}

function packagesOf({ packages }: Partial<Provenance>): Record<string, string> | undefined {
  return packages && Object.fromEntries(packages.map(({ manager, sha256 }) => [manager, sha256]));
}

function compareEach(prefix: string, original: unknown, here: unknown, effectOf: EffectOf): Difference[] {
  const [a, b] = [(original ?? {}) as Fields, (here ?? {}) as Fields];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return names.flatMap((name) =>
    compare(`${prefix} ${name}`, a[name], b[name], effectOf(name, a[name], b[name])),
  );
}

/** Of the parts that both have. */
function compareKnownEach(
  prefix: string,
  original: unknown,
  here: unknown,
  effectOf: EffectOf,
): Difference[] {
  const [a, b] = [(original ?? {}) as Fields, (here ?? {}) as Fields];
  const shared = (fields: Fields, other: Fields) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => other[name] !== undefined));
  return compareEach(prefix, shared(a, b), shared(b, a), effectOf);
}

/** An older release did not record it. */
function compareKnown(what: string, original: unknown, here: unknown, effect: Effect): Difference[] {
  return original === undefined ? [] : compare(what, original, here, effect);
}

function compare(what: string, original: unknown, here: unknown, effect: Effect): Difference[] {
  const isSame = canonicalJson(original ?? null) === canonicalJson(here ?? null);
  return isSame ? [] : [{ what, original: original ?? null, here: here ?? null, ...effect }];
}

const LONGEST = 60;

/** `code commit: was 1a2b3c, is 4d5e6f (the code that computes may be another)` */
export function differenceText({ what, original, here, canChange, why }: Difference): string {
  const reason = canChange ? `can change numbers: ${why}` : `cannot change numbers: ${why}`;
  return `${what}: ${changeText(what, original, here)} (${reason})`;
}

function changeText(what: string, original: unknown, here: unknown): string {
  if (what === 'uncommitted changes') return `${diffSize(original)} then, ${diffSize(here)} now`;
  return `was ${shown(original)}, is ${shown(here)}`;
}

function shown(value: unknown): string {
  if (value === null) return 'not there';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function diffSize(diff: unknown): string {
  const lines = String(diff ?? '').split('\n').length - 1;
  return lines === 0 ? 'none' : `a diff of ${lines} lines`;
}
