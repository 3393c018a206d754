import type { RunArtifact } from '../artifacts/run-artifact.entity.js';
import { RanksweepError } from '../core/errors.js';
import type { Run } from '../runs/run.entity.js';
import type { AdapterEvent } from './adapter-event.entity.js';
import type { AdapterVersion } from './adapter-version.entity.js';
import type { GateRecord } from './gate-record.entity.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/;
const MOST_BECAUSE = 2000;
const FOLDER = 'adapter/';

function refusal(
  code: 'INVALID_INPUT' | 'CONFLICT' | 'NOT_FOUND',
  field: string,
  message: string,
): RanksweepError {
  return new RanksweepError(code, `${field}: ${message}`, [{ field, message }]);
}

export function checkName(name: string): void {
  const allowed = 'allowed are up to 100 letters, digits and . _ / -, beginning with a letter or digit';
  if (!NAME.test(name)) throw refusal('INVALID_INPUT', 'name', `found ${JSON.stringify(name)}, ${allowed}`);
}

/** A reason that somebody can read in a year. */
export function checkBecause(because: string): string {
  const text = because.trim();
  const expected = `expected a reason of 1 to ${MOST_BECAUSE} characters`;
  if (text === '' || text.length > MOST_BECAUSE)
    throw refusal('INVALID_INPUT', 'because', `found ${text.length} characters, ${expected}`);
  return text;
}

/** @throws RanksweepError NOT_FOUND if the run left no adapter behind */
export function adapterFiles({ id }: Run, files: readonly RunArtifact[]): RunArtifact[] {
  const found = files.filter(({ name }) => name.startsWith(FOLDER));
  if (found.length > 0) return found;
  throw refusal('NOT_FOUND', 'runId', `${id} left no files below ${FOLDER}: there is no adapter to ship`);
}

/** Nobody ships what no gate has looked at. */
export function refuseUnjudged({ id }: Run): never {
  throw refusal('CONFLICT', 'policy', `no gate has looked at ${id} yet: name a policy (--policy FILE)`);
}

/** A name is of one project: who may see the one may see the other. */
export function checkSameProject(run: Run, before: AdapterVersion | null): void {
  if (before === null || before.projectId === run.projectId) return;
  throw refusal(
    'CONFLICT',
    'name',
    `"${before.name}" belongs to another project than ${run.id}: choose another name`,
  );
}

/** The gate's word holds unless somebody says why not; and nobody gets past it with a milder policy unseen. */
export function checkShippable(
  gate: GateRecord,
  before: AdapterVersion | null,
  because: string | null,
): void {
  if (because !== null) return;
  if (gate.verdict !== 'ship') throw againstVerdict(gate);
  if (before === null || before.policyHash === gate.policyHash) return;
  const message = `version ${before.version} in use was judged by another policy (${short(before.policyHash)}, now ${short(gate.policyHash)})`;
  throw refusal('CONFLICT', 'policy', `${message}: use that one, or say --because`);
}

function againstVerdict({ verdict, why, evidence, runId }: GateRecord): RanksweepError {
  const { results } = evidence as { results: { state: string; words: string }[] };
  const problems = results
    .filter(({ state }) => state !== 'met')
    .map(({ words }) => ({ field: 'policy', message: words }));
  const word = verdict === 'do_not_ship' ? 'do not ship' : 'not enough evidence';
  return new RanksweepError(
    'CONFLICT',
    `The gate says ${word} of ${runId}: ${why}. It is not shipped. (--because TEXT ships it all the same, and is recorded for ever.)`,
    problems,
  );
}

const short = (hash: string) => hash.slice(0, 12);

/** The version to go back to: the one asked for, or the one that was shipped before the one in use. */
export function earlierVersion(name: string, current: AdapterEvent | null, to: number | null): number {
  if (current === null) throw refusal('NOT_FOUND', 'name', `there is no adapter "${name}"`);
  if (to === current.version) throw refusal('CONFLICT', 'to', `version ${to} of ${name} is the one in use`);
  if (to === null && current.version === 1)
    throw refusal('CONFLICT', 'to', `${name} has no version before 1`);
  return to ?? current.version - 1;
}
