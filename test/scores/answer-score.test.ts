import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { ScoreConfig } from '../../src/core/evaluation-set.js';
import { answerScore } from '../../src/scores/answer-score.js';

// Against rouge-score, sacrebleu and SQuAD's script, by test/fixtures/scores/make.py.
const cases = JSON.parse(readFileSync('test/fixtures/scores/expected.json', 'utf8')) as {
  answer: string;
  references: string[];
  expected: Record<string, number>;
}[];
const score = (config: ScoreConfig, answer: string, ...references: string[]) =>
  answerScore(config, 'scores[0]')!({ answer, references });

test.each(cases)('$answer', ({ answer, references, expected }) => {
  for (const [name, value] of Object.entries(expected)) {
    expect([name, score(name as ScoreConfig, answer, ...references)]).toEqual([
      name,
      expect.closeTo(value, 12),
    ]);
  }
});

test('identical takes no more than the white space away', () => {
  expect(score('identical', ' {"a":1}\n', '{"a":2}', '{"a":1}')).toBe(1);
  expect(score('identical', '{"a":1', '{"a":1}')).toBe(0);
});

test('regular expressions and schemas judge the answer alone', () => {
  expect(score({ name: 'x', regex: '^yes\\b', flags: 'i' }, 'Yes, sir')).toBe(1);
  expect(score({ name: 'x', regex: '^yes\\b' }, 'Yes, sir')).toBe(0);
  const json_schema = { type: 'object', properties: { crew: { type: 'integer' } }, required: ['crew'] };
  const valid = (answer: string) => score({ name: 'x', json_schema }, answer);
  expect(['{"crew":3}', '{"crew":"3"}', '{}', '{"crew":3', ''].map(valid)).toEqual([1, 0, 0, 0, 0]);
  expect(score({ name: 'x', json_schema: {} }, 'no JSON')).toBe(0);
});

test('a pattern or schema that is none is refused with its field', () => {
  const field = (config: ScoreConfig) => {
    try {
      answerScore(config, 'evaluations[0].scores[1]');
    } catch (error) {
      return (error as { problems: { field: string }[] }).problems[0]!.field;
    }
    throw new Error('it was taken');
  };
  expect(field({ name: 'x', regex: '(' })).toBe('evaluations[0].scores[1].regex');
  expect(field({ name: 'x', json_schema: { type: 'number of men' } })).toBe(
    'evaluations[0].scores[1].json_schema',
  );
});
