import { type Confusion, confusionTable } from '../charts/confusion-table.js';
import { type EvaluatedRun, type EvaluationSet, evaluationHeatmap } from '../charts/evaluation-heatmap.js';
import { histogram } from '../charts/histogram.js';
import type { ChartFrame } from '../charts/svg.js';
import { type WorkedRun, workerTimeline } from '../charts/worker-timeline.js';
import type { Figure } from './figure.js';
import { SampleRandom } from './sample-random.js';

const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

function normal(n: number): number[] {
  const random = new SampleRandom(n, 'histogram');
  return many(n, () => 2.5 + 0.4 * random.nextNormal());
}
const bins = (values: number[]) => (frame: ChartFrame) =>
  histogram(values, {
    ...frame,
    ...{
      xTitle: 'loss of an item (nats/token)',
      of: 'items',
      reference: { label: 'base model', value: 2.9 },
    },
  });

export const histogramFigure: Figure = {
  name: 'histogram',
  about: 'how often values of each size occur',
  height: 200,
  cases: {
    empty: bins([]),
    'one-point': bins([2.4]),
    typical: bins(normal(200)),
    huge: bins(normal(50_000)),
    nan: bins([...normal(40), Number.NaN, Number.POSITIVE_INFINITY]),
  },
};

function confusion(labels: string[], perLabel: number): Confusion {
  const random = new SampleRandom(labels.length, 'confusion');
  const counts = labels.map((_, i) =>
    labels.map((_, j) => Math.floor((i === j ? perLabel : perLabel / 8) * random.next() * (1 + (i % 3)))),
  );
  return { labels, counts };
}
const table = (data: Confusion) => (frame: ChartFrame) => confusionTable(data, frame);
const LABELS = ['person', 'place', 'organisation', 'date'];

export const confusionFigure: Figure = {
  name: 'confusion-table',
  about: 'which labels are taken for which',
  height: 240,
  width: 420,
  cases: {
    empty: table({ labels: [], counts: [] }),
    'one-point': table({ labels: ['yes'], counts: [[3]] }),
    typical: table({ ...confusion(LABELS, 60), other: [2, 0, 5, 1] }),
    huge: table(
      confusion(
        many(18, (i) => `label ${i}`),
        40,
      ),
    ),
    nan: table({
      labels: ['a', 'b'],
      counts: [
        [4, Number.NaN],
        [1, 7],
      ],
    }),
  },
};

const sets: EvaluationSet[] = [
  { key: 'era', label: 'era', goal: 'minimize', base: 4.1 },
  { key: 'moby', label: 'moby dick', goal: 'minimize', base: 4.6 },
  { key: 'base', label: 'base capability', goal: 'minimize', base: 3.2 },
  { key: 'extract', label: 'extract F1', goal: 'maximize', base: 0.41 },
];
function evaluated(n: number): EvaluatedRun[] {
  const random = new SampleRandom(n, 'heatmap');
  return many(n, (i) => ({
    ...{ runId: `run_${i}`, label: `trial ${i + 1}` },
    values: {
      ...{ era: 3.6 + 0.3 * random.next(), moby: 4.4 + 0.4 * random.next() },
      ...{ base: 3.15 + 0.25 * random.next(), extract: 0.3 + 0.5 * random.next() },
    },
  }));
}
const heat = (runs: EvaluatedRun[], against?: string) => (frame: ChartFrame) =>
  evaluationHeatmap(
    { runs, sets },
    { ...frame, against: against === undefined ? { kind: 'base' } : { kind: 'run', runId: against } },
  );

export const heatmapFigure: Figure = {
  name: 'evaluation-heatmap',
  about: 'runs × evaluation sets against the base model or a baseline run',
  height: 220,
  cases: {
    empty: heat([]),
    'one-point': heat(evaluated(1)),
    typical: heat(evaluated(6)),
    'against-a-run': heat(evaluated(6), 'run_2'),
    huge: heat(evaluated(90)),
    nan: heat(
      evaluated(4).map((run, i) => {
        if (i === 1) return { ...run, values: { ...run.values, era: Number.NaN } };
        return i === 2 ? { ...run, values: { era: 3.7, moby: Number.POSITIVE_INFINITY } } : run;
      }),
    ),
  },
};

const START = Date.UTC(2026, 10, 25, 6);
const ENDS = ['finished', 'stopped', 'diverged', 'finished', 'failed', 'lost', 'finished'] as const;
function worked(workers: number, each: number): WorkedRun[] {
  return many(workers, (w) =>
    many(each, (i): WorkedRun => {
      const startedAt = START + i * 70_000 + w * 9_000;
      const isLast = i === each - 1 && w % 2 === 0;
      return {
        ...{
          runId: `run_${w}_${i}`,
          label: `trial ${i * workers + w + 1}`,
          worker: `worker ${w + 1}`,
          startedAt,
        },
        ...(isLast
          ? { end: 'running' }
          : { endedAt: startedAt + 40_000 + ((i * 13 + w * 7) % 25) * 1000, end: ENDS[(i + w) % 7]! }),
      };
    }),
  ).flat();
}
const timeText = (ms: number) => new Date(ms).toISOString().slice(11, 16);
const timeline = (runs: WorkedRun[]) => (frame: ChartFrame) =>
  workerTimeline(runs, { ...frame, now: START + 8 * 60_000, timeText });

export const timelineFigure: Figure = {
  name: 'worker-timeline',
  about: 'which worker ran what and when, and how it ended',
  height: 180,
  cases: {
    empty: timeline([]),
    'one-point': timeline(worked(1, 1)),
    typical: timeline(worked(3, 6)),
    huge: timeline(worked(40, 6)),
    nan: timeline([...worked(2, 2), { ...worked(1, 1)[0]!, startedAt: Number.NaN }]),
  },
};
