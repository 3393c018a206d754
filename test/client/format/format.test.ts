import { expect, test } from '@jest/globals';
import { changeOf, roleLoss, scoreOf } from '../../../client/format/evaluations.js';
import { valueAt } from '../../../client/format/json.js';
import {
  digitsApart,
  formatBytes,
  formatChange,
  formatNumber,
  formatSetting,
} from '../../../client/format/number.js';
import { formatDuration } from '../../../client/format/time.js';

test.each([
  [3.77123, '3.77'],
  [0.0123456, '0.0123'],
  [0.00012, '1.2e−4'],
  [-0.5, '−0.500'],
  [1234567, '1 234 567'],
  [9999, '9999'],
  [0, '0'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '−∞'],
  [undefined, '–'],
  [2.5e12, '2.5e12'],
  [-1234.5, '−1235'],
])('the number %s reads %s', (value, text) => expect(formatNumber(value)).toBe(text));

test.each([
  [0.0003, '3e−4'],
  [0.01, '0.01'],
  [0.0123456, '0.01235'],
  [16, '16'],
  [12288, '12 288'],
  ['cosine', 'cosine'],
  [null, 'null'],
  [['q_proj'], '["q_proj"]'],
])('the setting %j reads %s', (value, text) => expect(formatSetting(value)).toBe(text));

test('differences carry their sign', () => {
  expect([0.12, -0.034, 0].map((value) => formatChange(value))).toEqual(['+0.120', '−0.0340', '0']);
});

test('a column takes as many digits as tell its values apart, five at most', () => {
  expect(digitsApart([3.7, 3.8, undefined, Number.NaN])).toBe(3);
  expect(digitsApart([3.771, 3.772])).toBe(4);
  expect(digitsApart([3.77123, 3.77124, 3.7713])).toBe(5);
});

test('bytes and durations', () => {
  expect([999, 1_500, 12_345_678].map(formatBytes)).toEqual(['999 B', '1.50 KB', '12.3 MB']);
  const times = [12, 9_300, 42_000, 245_000, 7_620_000, 273_600_000];
  expect(times.map(formatDuration)).toEqual([
    '12 ms',
    '9.3 s',
    '42 s',
    '4 min 05 s',
    '2 h 07 min',
    '3 d 04 h',
  ]);
});

test('paths into JSON: keys with dots win, inherited names are not found', () => {
  expect(valueAt({ lora: { rank: 8 } }, 'lora.rank')).toBe(8);
  expect(valueAt({ 'lora.rank': 4, lora: { rank: 8 } }, 'lora.rank')).toBe(4);
  expect(valueAt({ lora: {} }, 'lora.constructor')).toBeUndefined();
  expect(valueAt(null, 'a')).toBeUndefined();
});

test("a role's loss is the mean over tokens", () => {
  const sets = [
    { role: 'out_of_domain', tokens: 100, loss: 4, baseLoss: 5 },
    { role: 'out_of_domain', tokens: 300, loss: 2, baseLoss: 'NaN' },
    { role: 'in_domain', tokens: 50, loss: 1, baseLoss: 1 },
  ];
  expect(roleLoss(sets, 'out_of_domain', 'loss')).toBe(2.5);
  expect(roleLoss(sets, 'out_of_domain', 'baseLoss')).toBeNaN();
  expect(roleLoss(sets, 'base_capability', 'loss')).toBeUndefined();
});

test("a run's score is that of its own weights, never the base model's that it logged first", () => {
  const summary = { metrics: { 'in_domain/loss': 4.2 } };
  const evaluations = [{ role: 'in_domain', tokens: 10, loss: 3.5, baseLoss: 4.2 }];
  expect(scoreOf({ state: 'running', summary, evaluations: [] }, 'in_domain')).toBeUndefined();
  expect(scoreOf({ state: 'diverged', summary, evaluations: [] }, 'in_domain')).toBeUndefined();
  expect(scoreOf({ state: 'stopped', summary, evaluations }, 'in_domain')).toBe(3.5);
  expect(scoreOf({ state: 'finished', summary, evaluations: [] }, 'in_domain')).toBe(4.2);
  expect(scoreOf(null, 'in_domain')).toBeUndefined();
  expect(changeOf({ state: 'finished', summary, evaluations }, 'in_domain')).toBeCloseTo(-0.7, 10);
  expect(changeOf({ state: 'finished', summary, evaluations: [] }, 'in_domain')).toBeUndefined();
});
