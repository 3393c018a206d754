import type { CurveEnd } from '../charts/curve-data.js';
import type { Dimension, ParallelLine } from '../charts/dimensions.js';
import { type ParallelCoordinatesOptions, parallelCoordinates } from '../charts/parallel-coordinates.js';
import { type ScatterOptions, type ScatterPoint, scatter } from '../charts/scatter.js';
import type { ChartFrame } from '../charts/svg.js';
import type { Figure } from './figure.js';
import { SampleRandom } from './sample-random.js';

const ENDS: CurveEnd[] = ['finished', 'finished', 'stopped', 'diverged'];

function points(count: number): ScatterPoint[] {
  const random = new SampleRandom(3, 'points');
  return Array.from({ length: count }, (_, n) => {
    const x = 3.6 + random.next();
    const [end, y] = [ENDS[n % ENDS.length]!, 4.5 - 0.3 * x + 0.2 * random.next()];
    return { runId: `run_${n}`, label: `trial ${n}`, x, y, end, isBest: n === 0 };
  });
}

const base = { x: 4.4, y: 3.3, label: 'base model' };
const scores =
  (some: ScatterPoint[], more: Partial<ScatterOptions> = {}) =>
  (frame: ChartFrame) =>
    scatter(some, {
      ...frame,
      ...{
        scale: 'linear',
        xTitle: 'in-domain loss (nats/token)',
        yTitle: 'out-of-domain loss (nats/token)',
      },
      ...more,
    });
const broken = points(4).map((one, n) => ({ ...one, y: n === 1 ? Number.NaN : one.y }));

export const scatterFigure: Figure = {
  name: 'scatter',
  about:
    'two scores of each run: in-domain against out-of-domain with the base model, or two objectives with their front',
  height: 240,
  cases: {
    empty: scores([]),
    'one-point': scores(points(1)),
    typical: scores(points(12), { base }),
    front: scores(points(30), { front: { x: 'minimize', y: 'minimize' } }),
    huge: scores(points(3000), { base }),
    nan: scores([...broken, { ...broken[0]!, runId: 'run_9', x: Number.POSITIVE_INFINITY }], { base }),
  },
};

const dimensions: Dimension[] = [
  { key: 'optimizer.learningRate', label: 'learningRate', kind: 'log' },
  { key: 'lora.rank', label: 'rank', kind: 'log' },
  { key: 'schedule', label: 'schedule', kind: 'ordinal' },
  { key: 'objective', label: 'in_domain/loss', kind: 'linear' },
];

function lines(count: number): ParallelLine[] {
  const random = new SampleRandom(1, 'lines');
  return Array.from({ length: count }, (_, n) => {
    const rate = 10 ** (-3 + 1.5 * random.next());
    const objective = 3.5 + (Math.log10(rate) + 2) ** 2;
    const rank = [1, 4, 16][random.nextInt(3)]!;
    const schedule = ['constant', 'cosine'][random.nextInt(2)]!;
    const values = { 'optimizer.learningRate': rate, 'lora.rank': rank, schedule, objective };
    return {
      runId: `run_${n}`,
      label: `trial ${n}`,
      values,
      goodness: 1 - (objective - 3.5),
      isFinished: n % 5 > 0,
    };
  });
}

const brokenLines = lines(4).map((line, n) => {
  const objective = n === 1 ? Number.NaN : n === 2 ? undefined : line.values.objective;
  const goodness = n === 1 || n === 2 ? undefined : line.goodness;
  return { ...line, values: { ...line.values, objective }, goodness };
});
const parallel =
  (some: ParallelLine[], more: Partial<ParallelCoordinatesOptions> = {}) =>
  (frame: ChartFrame) =>
    parallelCoordinates({ dimensions, lines: some }, { ...frame, brushes: {}, ...more });

export const parallelFigure: Figure = {
  name: 'parallel-coordinates',
  about: 'parameters and objective of each trial as a line; drag on an axis to choose',
  height: 280,
  cases: {
    empty: parallel([]),
    'one-point': parallel(lines(1)),
    typical: parallel(lines(12)),
    brushed: parallel(lines(12), { brushes: { objective: [0, 0.3] } }),
    huge: parallel(lines(150)),
    nan: parallel(brokenLines),
  },
};
