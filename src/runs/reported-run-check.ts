import { canonicalJson } from '../core/canonical-json.js';
import { type Problem, RanksweepError } from '../core/errors.js';
import type { RecordRunInput } from './reported-run.input.js';
import type { Run } from './run.entity.js';

const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{2,99}$/;
const ORIGIN = /^[a-z][a-z0-9_-]{0,39}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const MAX_NAME = 250;
const MAX_CONFIG_BYTES = 2 ** 20;
const MAX_LINE_COUNT = 100_000;

type Json = Record<string, unknown>;

/** @throws RanksweepError INVALID_INPUT with every field that is at fault */
export function checkReported(input: RecordRunInput): void {
  const problems = [...textProblems(input), ...instantProblems(input), ...mapProblems(input)];
  const lines = input.log?.length ?? 0;
  if (lines > MAX_LINE_COUNT) {
    problems.push({ field: 'log', message: `found ${lines} lines, allowed are ${MAX_LINE_COUNT}` });
  }
  refuse('INVALID_INPUT', problems);
}

function textProblems({ id, name, group, origin }: RecordRunInput): Problem[] {
  const problems: Problem[] = [];
  const expect = (field: string, isGood: boolean, found: unknown, allowed: string) => {
    if (!isGood) problems.push({ field, message: `found ${show(found)}, ${allowed}` });
  };
  expect('id', ID.test(id), id, 'allowed are 3 to 100 letters, digits and . _ : -, a letter or digit first');
  expect('origin', ORIGIN.test(origin), origin, 'allowed are up to 40 of a-z, 0-9, _ and -');
  const isText = (text: string | null | undefined) =>
    text == null || (text !== '' && text.length <= MAX_NAME);
  expect('name', isText(name), name, `allowed are 1 to ${MAX_NAME} characters`);
  expect('group', isText(group), group, `allowed are 1 to ${MAX_NAME} characters`);
  return problems;
}

function instantProblems(input: RecordRunInput): Problem[] {
  return (['startedAt', 'endedAt'] as const).flatMap((field) => {
    const found = input[field];
    if (found == null || (INSTANT.test(found) && !Number.isNaN(Date.parse(found)))) return [];
    return [{ field, message: `found ${show(found)}, expected a moment such as 2026-11-24T20:00:00.000Z` }];
  });
}

function mapProblems(input: RecordRunInput): Problem[] {
  return (['config', 'provenance', 'facts'] as const).flatMap((field) => {
    const found = input[field];
    if (found == null) return [];
    if (!isMap(found)) return [{ field, message: `found ${show(found)}, expected a map` }];
    const bytes = Buffer.byteLength(JSON.stringify(found));
    if (bytes <= MAX_CONFIG_BYTES) return [];
    return [{ field, message: `found ${bytes} bytes of JSON, allowed are ${MAX_CONFIG_BYTES}` }];
  });
}

/**
 * The config with what is new. A record is never rewritten.
 * @throws RanksweepError CONFLICT with every value that differs
 */
export function extendedConfig(before: unknown, given: unknown): Json {
  const problems: Problem[] = [];
  const merged = merge(asMap(before), asMap(given), 'config', problems);
  refuse('CONFLICT', problems);
  return merged;
}

function merge(before: Json, given: Json, path: string, problems: Problem[]): Json {
  const merged = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(given)) {
    const known = merged.get(key);
    const field = `${path}.${key}`;
    if (!merged.has(key)) merged.set(key, value);
    else if (isMap(known) && isMap(value)) merged.set(key, merge(known, value, field, problems));
    else if (canonicalJson(known) !== canonicalJson(value)) {
      problems.push({
        field,
        message: `found ${show(value)}, the run has ${show(known)}, which never changes`,
      });
    }
  }
  return Object.fromEntries(merged);
}

/** @throws RanksweepError CONFLICT if the run with this ID is another one */
export function checkSameRun(run: Run, input: RecordRunInput, projectId: string): void {
  const problems: Problem[] = [];
  if (run.origin !== input.origin) {
    problems.push({ field: 'id', message: `a run of origin ${run.origin} has the ID ${run.id}` });
  }
  if (run.projectId !== projectId) {
    const message = `found ${show(input.project)}, the run ${run.id} is in another project`;
    problems.push({ field: 'project', message });
  }
  refuse('CONFLICT', problems);
}

function refuse(code: 'INVALID_INPUT' | 'CONFLICT', problems: Problem[]): void {
  const [first] = problems;
  if (first !== undefined) throw new RanksweepError(code, `${first.field}: ${first.message}`, problems);
}

function asMap(value: unknown): Json {
  return isMap(value) ? value : {};
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 120);
}
