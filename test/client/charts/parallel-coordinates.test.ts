import { describe, expect, jest, test } from '@jest/globals';
import { brushedRuns, type Dimension, kindOf, type ParallelLine } from '../../../client/charts/dimensions.js';
import {
  type ParallelCoordinatesOptions,
  parallelCoordinates,
} from '../../../client/charts/parallel-coordinates.js';
import { RandomStream } from '../../../src/core/random.js';
import { frame, point } from './picture.js';

const dimensions: Dimension[] = [
  { key: 'optimizer.learningRate', label: 'learningRate', kind: 'log' },
  { key: 'lora.rank', label: 'rank', kind: 'log' },
  { key: 'schedule', label: 'schedule', kind: 'ordinal' },
  { key: 'objective', label: 'in_domain/loss', kind: 'linear' },
];

function lines(count: number): ParallelLine[] {
  const random = new RandomStream(1, 'lines');
  return Array.from({ length: count }, (_, n) => {
    const rate = 10 ** (-3 + 1.5 * random.next());
    const objective = 3.5 + (Math.log10(rate) + 2) ** 2;
    const values = {
      'optimizer.learningRate': rate,
      'lora.rank': [1, 4, 16][random.nextInt(3)]!,
      schedule: ['constant', 'cosine'][random.nextInt(2)]!,
      objective,
    };
    return {
      runId: `run_${n}`,
      label: `trial ${n}`,
      values,
      goodness: 1 - (objective - 3.5),
      isFinished: n % 5 > 0,
    };
  });
}

const options = (more: Partial<ParallelCoordinatesOptions> = {}): ParallelCoordinatesOptions => ({
  ...frame(280),
  brushes: {},
  ...more,
});
const draw = (count: number, more: Partial<ParallelCoordinatesOptions> = {}) =>
  parallelCoordinates({ dimensions, lines: lines(count) }, options(more));

describe('honesty', () => {
  test('NaN and missing values run through the slot under their axis', () => {
    const some = lines(4).map((line, n) => ({
      ...line,
      values: {
        ...line.values,
        objective: n === 1 ? Number.NaN : n === 2 ? undefined : line.values.objective,
      },
      goodness: n === 1 || n === 2 ? undefined : line.goodness,
    }));
    const svg = parallelCoordinates({ dimensions, lines: some }, options());
    const ends = [...svg.querySelectorAll('.line')].map((path) => path.getAttribute('d')!.split(',').at(-1));
    expect(ends.filter((y) => y === '270')).toHaveLength(2);
  });
  test('huge', () => {
    const svg = draw(2000);
    expect(svg.querySelectorAll('.line')).toHaveLength(2000);
    expect(svg.outerHTML.length).toBeLessThan(500_000);
  });
});

test('the kind of an axis comes from its values', () => {
  expect(kindOf([0.001, 0.03])).toBe('log');
  expect(kindOf([1, 2, 4, 8])).toBe('log');
  expect(kindOf([0, 0.1])).toBe('linear');
  expect(kindOf([3.7, 3.9, Number.NaN])).toBe('linear');
  expect(kindOf(['a', 1])).toBe('ordinal');
  expect(kindOf([])).toBe('linear');
});

test('brushes choose the lines that pass through all of them', () => {
  const all = lines(40);
  const chosen = brushedRuns(dimensions, all, { 'lora.rank': [0.9, 1], schedule: [0, 0.5] });
  const expected = all.filter(({ values }) => values['lora.rank'] === 16 && values.schedule === 'constant');
  expect(chosen).toEqual(new Set(expected.map(({ runId }) => runId)));
  expect(chosen.size).toBeGreaterThan(0);
  expect(brushedRuns(dimensions, all, {}).size).toBe(40);
});

test('lines outside a brush fade', () => {
  const svg = draw(12, { brushes: { 'lora.rank': [0.9, 1] } });
  const inside = lines(12).filter(({ values }) => values['lora.rank'] === 16).length;
  expect(svg.querySelectorAll('.marks .is-out')).toHaveLength(12 - inside);
});

test('the nearest line is named and selected', () => {
  const onSelect = jest.fn();
  const svg = draw(1, { onSelect });
  const [, y] = svg.querySelector('.line')!.getAttribute('d')!.slice(1).split('L')[0]!.split(',').map(Number);
  point(svg, 'pointermove', 57, y!);
  expect(svg.querySelector('.tip')!.textContent).toContain('trial 0');
  point(svg, 'click', 57, y!);
  expect(onSelect).toHaveBeenCalledWith('run_0');
});
