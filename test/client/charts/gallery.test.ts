import { describe, expect, test } from '@jest/globals';
import { bestSoFarChart, type TrialPoint } from '../../../client/charts/best-so-far.js';
import { sparkline } from '../../../client/charts/sparkline.js';
import { picturesOf } from '../../../client/gallery/figure.js';
import { FIGURES } from '../../../client/gallery/figures.js';
import { chartDocument, expectPicture, frame } from './picture.js';

/** a sparkline is one word of a table's row */
const UNWALKED = ['sparkline'];

describe.each(FIGURES)('$name', (figure) => {
  const { height, width } = figure;
  const sized = (theme: 'light' | 'dark') => ({ ...frame(height, theme), ...(width && { width }) });

  test.each(picturesOf(figure))('$name', ({ name, draw, theme }) => {
    const svg = draw(sized(theme));
    expectPicture(svg, name, theme);
    expect(svg.outerHTML).not.toMatch(/NaN,|,NaN|="NaN"|undefined|="-?Infinity"/);
  });

  test('has every case, a name for screen readers, and none of it stands outside', () => {
    expect(Object.keys(figure.cases)).toEqual(
      expect.arrayContaining(['empty', 'one-point', 'typical', 'huge', 'nan']),
    );
    const svg = figure.cases.typical!(sized('light'));
    expect(svg.getAttribute('role')).toBe('img');
    expect(svg.getAttribute('aria-label')).toMatch(/\w+/);
  });
});

const curve = (values: number[]) => values.map((value, i) => ({ step: i, value }));
const small = { ...frame(), width: 96, height: 20, runId: 'run_1', name: 'train/loss' };

describe('sparkline', () => {
  test('huge is no larger than its pixels', () => {
    const svg = sparkline(curve(Array.from({ length: 100_000 }, (_, i) => Math.sin(i))), small);
    expect(svg.outerHTML.length).toBeLessThan(2_500);
  });
});

const trials = (objectives: (number | undefined)[]): TrialPoint[] =>
  objectives.map((objective, i) => ({ runId: `run_${i}`, number: i + 1, objective, end: 'finished' }));
const options = { ...frame(92), title: 'best in_domain/loss so far, by trial', goal: 'minimize' as const };

describe('best so far', () => {
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

describe('keyboard', () => {
  const key = (svg: SVGSVGElement, name: string) => {
    const { KeyboardEvent } = chartDocument.defaultView!;
    svg.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
  };
  const walked = FIGURES.filter(({ name }) => !UNWALKED.includes(name));

  test.each(walked)('$name is walked with the arrows, and what is read is said', ({ cases, height }) => {
    const svg = cases.typical!(frame(height)) as SVGSVGElement;
    const name = svg.getAttribute('aria-label')!;
    expect(svg.getAttribute('tabindex')).toBe('0');
    key(svg, 'ArrowRight');
    const first = svg.getAttribute('aria-label')!;
    expect(first).toContain(`${name}: `);
    expect(svg.querySelector('.tip')!.getAttribute('visibility')).toBe('visible');
    key(svg, 'End');
    expect(svg.getAttribute('aria-label')).not.toBe(first);
    key(svg, 'Escape');
    expect(svg.getAttribute('aria-label')).toBe(name);
    expect(svg.querySelector('.tip')!.getAttribute('visibility')).toBe('hidden');
  });
});
