import { describe, expect, jest, test } from '@jest/globals';
import { showStep } from '../../../client/charts/curve-crosshair.js';
import type { Curve, CurveEnd } from '../../../client/charts/curve-data.js';
import { type LearningCurvesOptions, learningCurves } from '../../../client/charts/learning-curves.js';
import { UNSMOOTHED } from '../../../client/charts/smoothing.js';
import { RandomStream } from '../../../src/core/random.js';
import { frame, point } from './picture.js';

/** What these tests draw is little enough for SVG alone. */
const draw = (curves: Curve[], options: LearningCurvesOptions) =>
  learningCurves(curves, options) as SVGSVGElement;

const options = (more: Partial<LearningCurvesOptions> = {}): LearningCurvesOptions => ({
  ...frame(),
  yTitle: 'train/loss (nats/token)',
  yScale: 'linear',
  smoothing: UNSMOOTHED,
  ...more,
});

function curve(n: number, steps: number, end: CurveEnd = 'finished', more: Partial<Curve> = {}): Curve {
  const random = new RandomStream(n, 'curve');
  const points = Array.from({ length: steps }, (_, i) => ({
    step: i + 1,
    value: 3 + n / 10 + 2 * Math.exp(-i / 15) + 0.1 * random.nextNormal(),
  }));
  const base = { runId: `run_${n}`, label: `trial ${n}`, end, count: steps, isExact: true, points };
  return { ...base, ...more };
}

const withValues = (values: number[], end: CurveEnd = 'finished'): Curve => ({
  ...curve(1, values.length, end),
  points: values.map((value, i) => ({ step: i + 1, value })),
});

describe('honesty', () => {
  test('a log axis marks zero and below on its edge and keeps the rest', () => {
    const svg = draw([withValues([2, 1, 0, -1, 1])], options({ yScale: 'log' }));
    const broken = svg.querySelector('.broken-mark')!.getAttribute('d')!;
    expect(broken.match(/M/g)).toHaveLength(2);
    expect(draw([withValues([2, 1, 0, -1, 1])], options()).querySelector('.broken-mark')).toBeNull();
  });

  test('each NaN gets a cross, and the line breaks there', () => {
    const svg = draw([withValues([1, 2, Number.NaN, 2, 1])], options());
    expect(svg.querySelector('.not-finite-mark')!.getAttribute('d')!.match(/M/g)).toHaveLength(1);
    expect(svg.querySelector('.curve')!.getAttribute('d')!.match(/M/g)).toHaveLength(2);
  });

  test('a NaN among a million points is still seen', () => {
    const values = Array.from({ length: 200_000 }, (_, i) => (i === 123_456 ? Number.NaN : 1 + (i % 7)));
    const svg = draw([withValues(values)], options());
    expect(svg.querySelector('.not-finite-mark')).not.toBeNull();
    expect(svg.outerHTML.length).toBeLessThan(60_000);
  });

  test('buckets are drawn with their lowest and highest value', () => {
    const svg = draw([curve(1, 5_000)], options());
    expect(svg.querySelector('.band')!.getAttribute('d')).toMatch(/Z$/);
    expect(draw([curve(1, 50)], options()).querySelector('.band')).toBeNull();
  });

  test('a diverged run does not set the axis while another is sound', () => {
    const diverged = { ...withValues([4, 1e6], 'diverged'), runId: 'run_x' };
    const labels = [...draw([curve(1, 10), diverged], options()).querySelectorAll('.tick text')];
    expect(labels.some(({ textContent }) => /M|000/.test(textContent!))).toBe(false);
  });
});

describe('pointer', () => {
  test('another chart can put the crosshair on a step', () => {
    const svg = draw([curve(1, 60), curve(2, 30)], options());
    showStep(svg, 20);
    expect(svg.querySelector('.tip')!.textContent).toMatch(
      /^step 20.*trial 1.*trial 2|^step 20.*trial 2.*trial 1/,
    );
    expect(svg.querySelector('.crosshair')!.getAttribute('visibility')).toBe('visible');
    showStep(svg, 2000);
    expect(svg.querySelector('.crosshair')!.getAttribute('visibility')).toBe('hidden');
  });

  test('names step and value, tells the hover, selects on click', () => {
    const [onHover, onSelect] = [jest.fn(), jest.fn()];
    const svg = draw([withValues([1, 2, 3])], options({ onHover, onSelect }));
    point(svg, 'pointermove', 338, 200);
    expect(svg.querySelector('.tip')!.textContent).toContain('step 2');
    expect(svg.querySelector('.tip')!.textContent).toBe('step 22');
    expect(onHover).toHaveBeenCalledWith('run_1');
    point(svg, 'pointerdown', 338, 118);
    point(svg, 'pointerup', 338, 118);
    expect(onSelect).toHaveBeenCalledWith('run_1');
  });

  test('dragging chooses steps, a double click all of them', () => {
    const onZoom = jest.fn<(steps: [number, number] | null) => void>();
    const svg = draw([curve(1, 101)], options({ onZoom }));
    point(svg, 'pointerdown', 48, 100);
    point(svg, 'pointermove', 338, 100);
    point(svg, 'pointerup', 338, 100);
    expect(onZoom.mock.calls[0]![0]!.map(Math.round)).toEqual([1, 51]);
    point(svg, 'dblclick', 10, 10);
    expect(onZoom).toHaveBeenLastCalledWith(null);
  });
});
