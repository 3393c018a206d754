import { type Problem, RanksweepError } from '../../core/errors.js';
import { metricFromJson } from '../../core/metric-value.js';
import type { RecordEvaluationInput, ScoreInput } from './evaluation.input.js';

const NAME = /^[A-Za-z0-9_.-]{1,100}$/;
const MAX_KEY = 200;
const MAX_ITEMS = 200_000;
const MAX_SCORES = 50;

export interface CheckedScore extends Pick<ScoreInput, 'score' | 'goal'> {
  values: Float64Array;
  weights: Float64Array | null;
  baseValues: Float64Array | null;
  baseKey: string | null;
}

export interface CheckedEvaluation {
  keys: string[];
  groups: (string | null)[] | null;
  scores: CheckedScore[];
}

/** Reads the lists of an evaluation. @throws RanksweepError INVALID_INPUT with every field that is at fault */
export function checkEvaluation(input: RecordEvaluationInput): CheckedEvaluation {
  const reader = new Reader();
  reader.expect('name', NAME.test(input.name), input.name, 'allowed are 1 to 100 letters, digits and _ . -');
  const keys = reader.keys(input.keys);
  const groups = input.groups == null ? null : reader.groups(input.groups, keys.length);
  const { scores } = input;
  const isCount = scores.length >= 1 && scores.length <= MAX_SCORES;
  reader.expect('scores', isCount, scores.length, `allowed are 1 to ${MAX_SCORES} scores`);
  const names = scores.map(({ score }) => score);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  reader.expect('scores', repeated === undefined, repeated, 'twice, allowed is each score once');
  const checked = scores.map((score, i) => reader.score(score, `scores[${i}]`, keys.length));
  reader.refuse();
  return { keys, groups, scores: checked };
}

class Reader {
  private readonly problems: Problem[] = [];

  expect(field: string, isGood: boolean, found: unknown, allowed: string): void {
    if (!isGood) this.problems.push({ field, message: `found ${show(found)}, ${allowed}` });
  }

  refuse(): void {
    const [first] = this.problems;
    if (first) throw new RanksweepError('INVALID_INPUT', `${first.field}: ${first.message}`, this.problems);
  }

  keys(found: unknown): string[] {
    if (!Array.isArray(found) || found.length === 0 || found.length > MAX_ITEMS) {
      this.expect('keys', false, sizeOf(found), `expected a list of 1 to ${MAX_ITEMS} texts`);
      return [];
    }
    const seen = new Set<unknown>();
    for (const [i, key] of found.entries()) {
      const isKey = typeof key === 'string' && key !== '' && key.length <= MAX_KEY;
      this.expect(`keys[${i}]`, isKey, key, `expected a text of 1 to ${MAX_KEY} characters`);
      this.expect(`keys[${i}]`, !seen.has(key), key, 'twice, expected each item once');
      seen.add(key);
    }
    return found;
  }

  groups(found: unknown, count: number): (string | null)[] | null {
    const isGroup = (one: unknown) => one === null || (typeof one === 'string' && one.length <= MAX_KEY);
    const isGood = Array.isArray(found) && found.length === count && found.every(isGroup);
    this.expect(
      'groups',
      isGood,
      sizeOf(found),
      `expected a list of ${count} texts or nulls, one for each key`,
    );
    return isGood ? found : null;
  }

  score(given: ScoreInput, field: string, count: number): CheckedScore {
    const { score, goal, baseKey = null } = given;
    this.expect(`${field}.score`, NAME.test(score), score, 'allowed are 1 to 100 letters, digits and _ . -');
    const values = this.numbers(given.values, `${field}.values`, count);
    const weights = given.weights == null ? null : this.numbers(given.weights, `${field}.weights`, count);
    const isWeight = (one: number) => one >= 0 && Number.isFinite(one);
    const bad = weights?.find((one) => !isWeight(one));
    this.expect(`${field}.weights`, bad === undefined, bad, 'expected numbers of at least 0');
    const base = given.baseValues;
    const baseValues = base == null ? null : this.numbers(base, `${field}.baseValues`, count);
    return { score, goal, values, weights, baseValues, baseKey };
  }

  private numbers(found: unknown, field: string, count: number): Float64Array {
    const numbers = Array.isArray(found) ? found.map(metricFromJson) : [];
    const isGood = Array.isArray(found) && found.length === count && !numbers.includes(undefined);
    this.expect(field, isGood, sizeOf(found), `expected a list of ${count} numbers, one for each key`);
    return isGood ? Float64Array.from(numbers as number[]) : new Float64Array(count);
  }
}

function show(found: unknown): string {
  const text = JSON.stringify(found) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** What a list that is not as it should be looks like, in a few words. */
function sizeOf(found: unknown): unknown {
  if (!Array.isArray(found)) return found;
  const odd = found.find(
    (one) => one !== null && typeof one !== 'string' && metricFromJson(one) === undefined,
  );
  return odd === undefined ? `a list of ${found.length}` : odd;
}
