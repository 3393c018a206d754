import { describe, expect, test } from '@jest/globals';
import { bestSoFarChart, type TrialPoint } from '../../../client/charts/best-so-far.js';
import { sparkline } from '../../../client/charts/sparkline.js';
import { expectPicture, frame } from './picture.js';

const curve = (values: number[]) => values.map((value, i) => ({ step: i, value }));
const small = { ...frame(), width: 96, height: 20, runId: 'run_1', name: 'train/loss' };
const falling = Array.from({ length: 60 }, (_, i) => 3 + 2 * Math.exp(-i / 10));

describe('sparkline', () => {
  test('empty', () => expectPicture(sparkline([], small), 'sparkline-empty'));
  test('one point', () => expectPicture(sparkline(curve([1]), small), 'sparkline-one-point'));
  test('typical', () => expectPicture(sparkline(curve(falling), small), 'sparkline-typical'));
  test('dark', () =>
    expectPicture(sparkline(curve(falling), { ...small, theme: 'dark' }), 'sparkline-dark', 'dark'));
  test('NaN', () => expectPicture(sparkline(curve([3, 2, 2.5, Number.NaN]), small), 'sparkline-nan'));
  test('huge is no larger than its pixels', () => {
    const svg = sparkline(curve(Array.from({ length: 100_000 }, (_, i) => Math.sin(i))), small);
    expect(svg.outerHTML.length).toBeLessThan(2_500);
  });
});

const trials = (objectives: (number | undefined)[]): TrialPoint[] =>
  objectives.map((objective, i) => ({ runId: `run_${i}`, number: i + 1, objective, end: 'finished' }));
const options = { ...frame(92), title: 'best in_domain/loss so far, by trial', goal: 'minimize' as const };

describe('best so far', () => {
  test('empty', () => expectPicture(bestSoFarChart(trials([undefined]), options), 'best-so-far-empty'));
  test('one point', () => expectPicture(bestSoFarChart(trials([3.8]), options), 'best-so-far-one-point'));
  test('typical', () => {
    expectPicture(
      bestSoFarChart(trials([3.9, 3.8, 4.2, 3.75, undefined, 3.8]), options),
      'best-so-far-typical',
    );
  });
  test('NaN', () =>
    expectPicture(bestSoFarChart(trials([3.9, Number.NaN, 3.8]), options), 'best-so-far-nan'));
  test('dark', () => {
    const svg = bestSoFarChart(trials([3.9, 3.8, 4.2]), { ...options, theme: 'dark' });
    expectPicture(svg, 'best-so-far-dark', 'dark');
  });
  test('huge', () => {
    const many = trials(Array.from({ length: 3000 }, (_, i) => 3 + Math.sin(i) ** 2));
    expect(bestSoFarChart(many, options).querySelectorAll('.point')).toHaveLength(3000);
  });
  test('the staircase follows the goal', () => {
    const steps = (goal: 'minimize' | 'maximize') =>
      bestSoFarChart(trials([3, 2, 4, 1]), { ...options, goal })
        .querySelector('.staircase')!
        .getAttribute('d')!;
    expect(steps('minimize').match(/V/g)).toHaveLength(2);
    expect(steps('maximize').match(/V/g)).toHaveLength(1);
  });
});
