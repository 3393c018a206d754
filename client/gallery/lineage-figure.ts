import { type LineageLink, lineage } from '../charts/lineage.js';
import type { ChartFrame } from '../charts/svg.js';
import type { Figure } from './figure.js';

const runs = (count: number, label = (n: number) => `run ${n}`) =>
  Array.from({ length: count }, (_, n) => ({ runId: `run_${n}`, label: label(n) }));
const link = (run: number, from: number, kind = 'derives_from', step: number | null = null): LineageLink => ({
  ...{ runId: `run_${run}`, fromId: `run_${from}`, kind, step },
});
const drawn =
  (some: ReturnType<typeof runs>, links: LineageLink[], here = 'run_0') =>
  (frame: ChartFrame) =>
    lineage(some, links, { ...frame, here });
const FAMILY = [
  link(1, 0, 'reproduces'),
  link(2, 0, 'derives_from', 60),
  link(3, 2, 'reproduces'),
  link(4, 2, 'warm_starts_from'),
  link(5, 4, 'resumes', 30),
];
const chain = Array.from({ length: 59 }, (_, n) => link(n + 1, n % 7 === 0 ? 0 : n));

export const lineageFigure: Figure = {
  name: 'lineage',
  about: 'how runs come from each other: repeated, gone on with, changed, begun with weights of another',
  height: 188,
  cases: {
    empty: drawn([], []),
    'one-point': drawn(runs(1), []),
    typical: drawn(runs(6), FAMILY, 'run_2'),
    huge: (frame) => drawn(runs(60), chain)({ ...frame, height: 1592 }),
    // an import made a ring, and links to runs that are gone; a name is longer than the page
    nan: drawn(
      runs(3, (n) => `run ${n} ${'with a long name '.repeat(20)}`),
      [link(1, 2), link(2, 1), link(0, 9)],
    ),
  },
};
