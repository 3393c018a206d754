import { expect, test } from '@jest/globals';
import { overfittingOf, stopEarly } from '../../src/analysis/overfitting.js';
import { overfittingBySetting } from '../../src/analysis/overfitting-by-setting.js';
import { overfittingWords } from '../../src/analysis/overfitting-words.js';

const steps = [0, 10, 20, 30, 40, 50, 60];
const curve = (values: number[]) => ({ steps, values });
const train = {
  steps: Array.from({ length: 60 }, (_, i) => i + 1),
  values: Array.from({ length: 60 }, (_, i) => 4 - 0.05 * (i + 1)),
};
const format = (value: number) => String(Number(value.toPrecision(3)));
const rising = curve([4, 3.5, 3.2, 3, 3.1, 3.3, 3.5]);

test('finds where training and validation part, and what was given back', () => {
  const found = overfittingOf({
    train,
    validation: rising,
    outOfDomain: curve([4, 3.9, 4.1, 4.3, 4.5, 4.7, 4.9]),
  })!;
  expect(found).toMatchObject({ bestStep: 30, best: 3, lastStep: 60, last: 3.5, isOverfitted: true });
  expect(found.givenBack).toBeCloseTo(0.5, 12);
  // means of the ten training losses up to step 30 and up to step 60: 0.05 · 30 apart
  expect(found.trainChange).toBeCloseTo(-1.5, 12);
  expect(found.gap.atBest).toBeCloseTo(3 - (4 - 0.05 * 25.5), 12);
  expect(found.outOfDomain).toEqual({ bestStep: 10, best: 3.9, last: 4.9 });
  const words = overfittingWords(found, stopEarly(rising, 2), format);
  expect(words).toContain(
    'lowest at step 30 (3); it then rose by 0.5, 50 % of what it had gained, while the training loss fell by 1.5',
  );
  expect(words).toContain('Out of domain it went wrong earlier: lowest at step 10');
  expect(words).toContain('earlyStopping {patience: 2} would have kept step 30 (3), 10 of 60 steps saved.');
});

test('a loss that still falls, one that wavers, one that nothing moves, and NaN', () => {
  const of = (values: number[]) => overfittingOf({ train, validation: curve(values), outOfDomain: null });
  expect(of([4, 3, 2.5, 2.4, 2.3, 2.2, 2.1])).toMatchObject({ isStillFalling: true, isOverfitted: false });
  expect(of([4, 3, 2.5, 2.4, 2.3, 2.2, 2.21])).toMatchObject({ isStillFalling: false, isOverfitted: false });
  expect(of([2, 3, 3, 3, 3, 3, 3])).toMatchObject({
    givenBack: null,
    isOverfitted: true,
    bestStep: 0,
    trainChange: expect.closeTo(-2.725, 12),
  });
  expect(of([4, Number.NaN, 3, 2, Number.NaN, 2.5, 3])).toMatchObject({ bestStep: 30, isOverfitted: true });
  expect(of([4, 3, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN])).toBeNull();
  const flat = { ...train, values: train.values.map(() => 4) };
  expect(overfittingOf({ train: flat, validation: rising, outOfDomain: null })!.isOverfitted).toBe(false);
});

test('early stopping is replayed as the trainer does it: step 0 is the base, patience counts validations without improvement', () => {
  expect(stopEarly(rising, 1)).toEqual({ patience: 1, step: 40, bestStep: 30, best: 3 });
  expect(stopEarly(rising, 2)).toEqual({ patience: 2, step: 50, bestStep: 30, best: 3 });
  expect(stopEarly(rising, 3)).toBeNull();
  expect(stopEarly(curve([1, 3, 2.9, 2.8, 2.7, 2.6, 2.5]), 1)).toBeNull();
  expect(stopEarly(rising, 1, 0.25)).toMatchObject({ step: 30, bestStep: 30 });
});

test('rises by setting: few values each for itself, many numbers parted at the median', () => {
  const runs = [0, 0, 0.1, 0.1].map((dropout, i) => ({
    params: { dropout, lr: 0.001 * (i + 1), fixed: 1 },
    rise: [0.4, 0.6, 0.1, 0.1][i]!,
  }));
  const groups = overfittingBySetting([...runs, { params: { dropout: 0 }, rise: null }]);
  expect(groups.slice(0, 2)).toEqual([
    { setting: 'dropout', value: '0', n: 2, mean: 0.5, deviation: expect.closeTo(Math.SQRT1_2 / 5, 12) },
    { setting: 'dropout', value: '0.1', n: 2, mean: 0.1, deviation: 0 },
  ]);
  const many = Array.from({ length: 9 }, (_, i) => ({ params: { lr: i }, rise: i < 5 ? 0 : 1 }));
  expect(overfittingBySetting(many).map(({ value, n, mean }) => [value, n, mean])).toEqual([
    ['≤ 4', 5, 0],
    ['> 4', 4, 1],
  ]);
});
