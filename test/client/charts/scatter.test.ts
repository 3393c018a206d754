import { describe, expect, jest, test } from '@jest/globals';
import type { CurveEnd } from '../../../client/charts/curve-data.js';
import { type ScatterOptions, type ScatterPoint, scatter } from '../../../client/charts/scatter.js';
import { RandomStream } from '../../../src/core/random.js';
import { frame, point } from './picture.js';

const ENDS: CurveEnd[] = ['finished', 'finished', 'stopped', 'diverged'];

function points(count: number): ScatterPoint[] {
  const random = new RandomStream(3, 'points');
  return Array.from({ length: count }, (_, n) => {
    const x = 3.6 + random.next();
    const end = ENDS[n % ENDS.length]!;
    return {
      runId: `run_${n}`,
      label: `trial ${n}`,
      x,
      y: 4.5 - 0.3 * x + 0.2 * random.next(),
      end,
      isBest: n === 0,
    };
  });
}

const options = (more: Partial<ScatterOptions> = {}): ScatterOptions => ({
  ...frame(),
  scale: 'linear',
  xTitle: 'in-domain loss (nats/token)',
  yTitle: 'out-of-domain loss (nats/token)',
  ...more,
});
const base = { x: 4.4, y: 3.3, label: 'base model' };

describe('honesty', () => {
  test('NaN stands as a cross on the edge', () => {
    const some = points(4).map((one, n) => ({ ...one, y: n === 1 ? Number.NaN : one.y }));
    const svg = scatter(
      [...some, { ...some[0]!, runId: 'run_9', x: Number.POSITIVE_INFINITY }],
      options({ base }),
    );
    expect(svg.querySelectorAll('.not-finite-mark')).toHaveLength(2);
  });
  test('huge', () => {
    const svg = scatter(points(50_000), options({ base }));
    expect(svg.querySelectorAll('*').length).toBeLessThan(100);
    const dots = [...svg.querySelectorAll('.dots')].map(
      (path) => path.getAttribute('d')!.match(/M/g)!.length,
    );
    expect(dots.reduce((sum, n) => sum + n, 0)).toBe(50_000);
  });
});

test('a run without scores is left out, and nothing but such runs is empty', () => {
  const unscored = { ...points(1)[0]!, y: undefined };
  expect(scatter([unscored, points(2)[1]!], options()).querySelectorAll('.marks [data-run]')).toHaveLength(1);
  expect(scatter([unscored], options()).querySelector('.empty-text')).not.toBeNull();
});

test('the pointer names the nearest run, its distance to the base, and selects it', () => {
  const [onHover, onSelect] = [jest.fn(), jest.fn()];
  const svg = scatter(points(12), options({ base, onHover, onSelect }));
  const mark = svg.querySelector('[data-run="run_4"] .point')!;
  const [x, y] = ['cx', 'cy'].map((name) => Number(mark.getAttribute(name))) as [number, number];
  point(svg, 'pointermove', x, y);
  expect(svg.querySelector('.tip')!.textContent).toMatch(/trial 4.*to base/);
  expect(onHover).toHaveBeenLastCalledWith('run_4');
  point(svg, 'click', x, y);
  expect(onSelect).toHaveBeenCalledWith('run_4');
});
