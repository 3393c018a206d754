import type { ApiClient } from '../../api-client/api-client.js';
import type { Backend } from '../../core/run-config.js';
import type { KeptContent } from '../../worker/kept-content.js';
import { probeBackend } from '../../worker/probe-backend.js';
import { type Provenance, readOrigin } from '../../worker/provenance.js';
import { type CodePlan, codeDifferences, planCode, planCommit } from './code-plan.js';
import { commandOf, planCommandFiles } from './command-plan.js';
import { type Difference, differencesBetween, differenceText } from './differences.js';
import { EFFECTS } from './effects.js';
import { type InputPlan, inputText } from './input-plan.js';
import { planInputs } from './locate-inputs.js';
import type { Original } from './original.js';
import { withNamedPackages } from './package-differences.js';

export interface PreflightOptions {
  /** where it is to run; default: the backend that it had */
  backend?: string;
  /** go on although something differs that can change numbers */
  allowDrift?: boolean;
  /** dependencies are installed from the lock file, so that those here do not count */
  install?: boolean;
  /** a command is executed here, with the code that is here */
  inPlace?: boolean;
  /** a clone that has the commit */
  repository?: string;
}

/** What is known before anything is fetched, installed or executed. */
export interface Preflight {
  runId: string;
  /** sealed: the record is what it was; changed: it is not; unsealed: nobody can tell */
  seal: 'sealed' | 'changed' | 'unsealed';
  inputs: InputPlan[];
  /** null: the built-in trainer's run */
  code: CodePlan | null;
  differences: Difference[];
}

/** Looks at everything that a run was made from: what is here, what would be fetched, what differs. Touches no device. */
export async function inspect(
  client: ApiClient,
  original: Original,
  options: PreflightOptions,
): Promise<Preflight> {
  const { run, manifest, changes } = original;
  const code = await planCode(original, options);
  const inputs = [
    ...(await planInputs(original)),
    ...(await planCommandFiles(original)),
    ...planCommit(code),
  ];
  const provenance = run.provenance as Partial<Provenance>;
  const { here, contents } = await provenanceHere(provenance, code, options.backend);
  const found = await withNamedPackages(differencesBetween(provenance, here), client, provenance, contents);
  const sealed = manifest === null ? 'unsealed' : 'sealed';
  return {
    runId: run.id,
    seal: changes.length > 0 ? 'changed' : sealed,
    inputs,
    code,
    differences: [
      ...changes.map((what) => ({ what, original: 'as sealed', here: 'changed', ...EFFECTS.seal })),
      ...codeDifferences(code, original),
      ...withoutInstalled(found, options),
    ],
  };
}

/** Drift that was not known when the preflight was made: where the run has begun, its backend has been chosen. */
export function drift({ run }: Original, here: Provenance, { code }: Pick<Preflight, 'code'>): Difference[] {
  const provenance = run.provenance as Partial<Provenance>;
  return differencesBetween(provenance, withCodeOf(provenance, here, code));
}

const GPU_BACKENDS = ['tfjs-node-gpu', 'webgpu'];

async function provenanceHere(
  original: Partial<Provenance>,
  code: CodePlan | null,
  wanted = original.backend?.name,
): Promise<{ here: Provenance; contents: KeptContent[] }> {
  const command = commandOf(original);
  const backend = command === null ? await backendHere(wanted) : null;
  const found = await readOrigin({ command, backend, model: null, startedBy: 'reproduce' });
  // A GPU is not touched before the run: what it is, nvidia-smi has said.
  const isUnasked = GPU_BACKENDS.includes(wanted ?? '');
  const here = isUnasked
    ? { ...found.provenance, ...pick(original, ['backend', 'versions']) }
    : found.provenance;
  return { here: withCodeOf(original, here, code), contents: found.contents };
}

const pick = (original: Partial<Provenance>, names: (keyof Provenance)[]) =>
  Object.fromEntries(names.map((name) => [name, original[name]]));

async function backendHere(name: string | undefined) {
  if (name === undefined || GPU_BACKENDS.includes(name)) return null;
  const probe = await probeBackend(name as Backend);
  return 'choice' in probe ? probe.choice : null;
}

/** A work tree is made of the original's code, and checked: it is the same. */
function withCodeOf(original: Partial<Provenance>, here: Provenance, code: CodePlan | null): Provenance {
  if (code?.kind !== 'work tree') return here;
  return { ...here, ...pick(original, ['git', 'code', 'lockFile', 'lockFiles']) };
}

const INSTALLED = ['packages', 'interpreter', 'lock file'];

function withoutInstalled(differences: Difference[], { install = false }: PreflightOptions): Difference[] {
  return install ? differences.filter(({ what }) => !INSTALLED.includes(what)) : differences;
}

/** What must be allowed before the run may be repeated. Who names a backend wants it to be another. */
export function obstacles(
  { differences }: Pick<Preflight, 'differences'>,
  { backend }: PreflightOptions,
): Difference[] {
  const found = differences.filter(({ canChange }) => canChange);
  return backend === undefined ? found : found.filter(({ what }) => !OF_BACKEND.test(what));
}

const OF_BACKEND = /^(backend|device of the backend|threads of the backend|version of (?!node$).*)$/;

const SEALS = {
  sealed: 'its record is what it was when the run began',
  changed: 'its record was changed after the run began',
  unsealed: 'it was not sealed: that its record is unchanged cannot be shown',
};

export function preflightText(preflight: Preflight): string {
  const { runId, seal, inputs, code, differences } = preflight;
  return [
    `run ${runId}: ${SEALS[seal]}`,
    ...inputs.map((input) => `  ${inputText(input)}`),
    ...(code === null ? [] : [`  code: ${codeText(code)}`]),
    ...differences.map((difference) => `  ${differenceText(difference)}`),
    ...(differences.length === 0 ? ['  code, dependencies, backend and machine are the same as then'] : []),
  ].join('\n');
}

function codeText({ kind, commit, repository, pack, record }: CodePlan): string {
  if (kind === 'in place') return 'as it is here';
  const from = repository ?? (pack === null ? 'nowhere' : 'the run’s own copy');
  const changes = record?.patch ? ', with its changes' : '';
  const untracked = record?.untracked.length ? `, with ${record.untracked.length} untracked files` : '';
  return `a clean work tree of ${commit?.slice(0, 10)} from ${from}${changes}${untracked}`;
}
