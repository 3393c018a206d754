import { describe, expect, test } from '@jest/globals';
import { evaluateExpression, namesIn, parseExpression } from '../../src/core/expression.js';

const VALUES: Record<string, unknown> = {
  rank: 8,
  'lora.alpha': 16,
  variant: 'dora',
  modules: ['q_proj', 'v_proj'],
  flag: true,
};

function resultOf(text: string): unknown {
  return evaluateExpression(parseExpression(text), (name) => VALUES[name]);
}

test.each([
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['-2 ^ 2', -4],
  ['2 ^ 3 ^ 2', 512],
  ['2 ** -1', 0.5],
  ['7 % 4 - 10 / 4', 0.5],
  ['8 - 4 - 2', 2],
  ['1e-3 * .5', 0.0005],
  ['2 * rank', 16],
  ['rank * length(modules) <= 16', true],
  ['rank * length(modules) < 16', false],
  ['lora.alpha / rank', 2],
  ['variant == "dora" and rank > 4', true],
  ["variant in ['lora', 'dora']", true],
  ['variant != "dora" or not flag', false],
  ['not flag and false or true', true],
  ['min(rank, 4) + max(1, 2, 3) + abs(-1)', 8],
  ['sqrt(16) + log2(rank) + log10(100) + floor(1.7) + ceil(1.2) + round(1.5)', 14],
  ['modules == ["q_proj", "v_proj"]', true],
  ['length(rank)', 1],
  ['null == null', true],
])('%s is %p', (text, value) => {
  expect(resultOf(text)).toEqual(value);
});

test('what is absent makes comparisons false and sums NaN', () => {
  expect(resultOf('missing == 1')).toBe(false);
  expect(resultOf('missing != 1')).toBe(false);
  expect(resultOf('missing < 1 or missing >= 1')).toBe(false);
  expect(resultOf('missing + 1')).toBeNaN();
  expect(resultOf('variant * 2')).toBeNaN();
});

test('names are found once each, dotted or not', () => {
  expect(namesIn(parseExpression('2 * lora.rank + lora.rank * min(a, b) in [c]'))).toEqual([
    'lora.rank',
    'a',
    'b',
    'c',
  ]);
});

describe('refuses', () => {
  test.each([
    ['', /found the end, expected a number/],
    ['2 *', /found the end/],
    ['2 2', /found "2" at character 3, expected an operator/],
    ['(1, 2)', /found ","/],
    ['rank;', /found ";" at character 5/],
    ['eval("1")', /there is no function eval/],
    ['constructor("x")', /there is no function constructor/],
    ['a == b == c', /found "=="/],
    ['"open', /found """ at character 1/],
    [`${'('.repeat(60)}1${')'.repeat(60)}`, /nested more than 50 times/],
    ['1 + '.repeat(400), /has 1600 characters/],
  ])('%s', (text, message) => {
    expect(() => parseExpression(text)).toThrow(message);
  });
});
