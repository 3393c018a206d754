import { bestSoFarChart } from '../charts/best-so-far.js';
import { onAxis } from '../charts/curve-axis.js';
import type { Curve, CurveEnd } from '../charts/curve-data.js';
import { type LearningCurvesOptions, learningCurves } from '../charts/learning-curves.js';
import { type SeedGroup, seedGroups } from '../charts/seed-groups.js';
import { UNSMOOTHED } from '../charts/smoothing.js';
import { sparkline } from '../charts/sparkline.js';
import type { ChartFrame } from '../charts/svg.js';
import type { Figure } from './figure.js';
import { SampleRandom } from './sample-random.js';

const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

export function sampleCurve(
  n: number,
  steps: number,
  end: CurveEnd = 'finished',
  more: Partial<Curve> = {},
): Curve {
  const random = new SampleRandom(n, 'curve');
  const points = many(steps, (i) => ({
    step: i + 1,
    value: 3 + n / 10 + 2 * Math.exp(-i / 15) + 0.1 * random.nextNormal(),
  }));
  return { runId: `run_${n}`, label: `trial ${n}`, end, count: steps, isExact: true, points, ...more };
}

function withValues(values: number[], end: CurveEnd): Curve {
  return {
    ...sampleCurve(1, values.length, end),
    points: values.map((value, i) => ({ step: i + 1, value })),
  };
}

const typical = [
  sampleCurve(1, 60, 'finished', { isEmphasised: true }),
  sampleCurve(2, 30, 'stopped'),
  sampleCurve(3, 40, 'running'),
];
const diverged = withValues(
  [4, 3.9, 3.8, 6, 40, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY],
  'diverged',
);
const curves =
  (all: Curve[], more: Partial<LearningCurvesOptions> = {}) =>
  (frame: ChartFrame) =>
    learningCurves(all, {
      ...frame,
      yTitle: 'train/loss (nats/token)',
      yScale: 'linear',
      smoothing: UNSMOOTHED,
      ...more,
    });

export const learningCurvesFigure: Figure = {
  name: 'learning-curves',
  about: 'a metric of runs as it was logged',
  height: 240,
  cases: {
    empty: curves([]),
    'one-point': curves([sampleCurve(1, 1)]),
    typical: curves(typical),
    smoothed: curves(typical, {
      yScale: 'log',
      smoothing: { kind: 'ema', strength: 0.8 },
      reference: { label: 'base model', value: 4.2 },
    }),
    huge: curves(
      many(12, (n) => sampleCurve(n, 3_000)),
      { width: 200, height: 160 },
    ),
    canvas: curves(
      many(24, (n) => sampleCurve(n, 300, n % 9 === 0 ? 'diverged' : 'finished')),
      { smoothing: { kind: 'gaussian', strength: 0.3 } },
    ),
    'over-tokens': curves(
      typical.map((one) =>
        onAxis(one, 'tokens', {
          points: [
            { step: 2, value: 1024 },
            { step: 60, value: 30_720 },
          ],
        }),
      ),
      { xAxis: 'tokens' },
    ),
    nan: curves([sampleCurve(2, 8), diverged]),
    'all-nan': curves([withValues([Number.NaN, Number.NaN], 'diverged')]),
  },
};

function group(n: number, runs: number, steps: number): SeedGroup {
  const series = many(runs, (r) => {
    const random = new SampleRandom(10 * n + r, 'seeds');
    const own = r === 0 && runs > 2 ? Math.ceil(steps * 0.6) : steps;
    return many(own, (i) => ({
      x: i + 1,
      value: 3 + n / 3 + 2 * Math.exp(-i / 12) + 0.15 * random.nextNormal(),
    }));
  });
  return { groupId: `group_${n}`, label: `rank ${2 ** n}`, runs: series };
}
const seeds = (groups: SeedGroup[]) => (frame: ChartFrame) =>
  seedGroups(groups, { ...frame, yTitle: 'validation/loss', yScale: 'linear' });

export const seedGroupsFigure: Figure = {
  name: 'seed-groups',
  about: 'runs that differ in their seed: mean, band and n at each x',
  height: 240,
  cases: {
    empty: seeds([]),
    'one-point': seeds([group(1, 1, 1)]),
    typical: seeds([group(1, 4, 40), group(3, 3, 40)]),
    huge: seeds(many(6, (n) => group(n, 3, 200))),
    nan: seeds([
      {
        ...group(2, 2, 10),
        runs: group(2, 2, 10).runs.map((run) =>
          run.map((p) => ({ ...p, value: p.x === 6 ? Number.NaN : p.value })),
        ),
      },
    ]),
  },
};

const trials = (objectives: (number | undefined)[]) => (frame: ChartFrame) =>
  bestSoFarChart(
    objectives.map((objective, i) => ({ runId: `run_${i}`, number: i + 1, objective, end: 'finished' })),
    { ...frame, title: 'best in_domain/loss so far, by trial', goal: 'minimize' },
  );

export const bestSoFarFigure: Figure = {
  name: 'best-so-far',
  about: 'the objective of each trial, and the best so far',
  height: 92,
  cases: {
    empty: trials([undefined]),
    'one-point': trials([3.8]),
    typical: trials([3.9, 3.8, 4.2, 3.75, undefined, 3.8]),
    huge: trials(many(300, (i) => 3 + Math.sin(i) ** 2)),
    nan: trials([3.9, Number.NaN, 3.8]),
  },
};

const spark = (values: number[]) => (frame: ChartFrame) =>
  sparkline(
    values.map((value, step) => ({ step, value })),
    { ...frame, runId: 'run_1', name: 'train/loss' },
  );

export const sparklineFigure: Figure = {
  name: 'sparkline',
  about: 'a curve in a line of text',
  height: 20,
  width: 96,
  cases: {
    empty: spark([]),
    'one-point': spark([1]),
    typical: spark(many(60, (i) => 3 + 2 * Math.exp(-i / 10))),
    huge: spark(many(100_000, (i) => Math.sin(i))),
    nan: spark([3, 2, 2.5, Number.NaN]),
  },
};
