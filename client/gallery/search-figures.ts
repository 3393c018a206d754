import { rankPlateau } from '../../src/analysis/rank-plateau.js';
import { type ImportanceBar, parameterImportance } from '../charts/parameter-importance.js';
import { type RankedRun, rankPlateauChart } from '../charts/rank-plateau-chart.js';
import { regretAgainstCost, type SearchPath } from '../charts/regret-against-cost.js';
import { type SliceModelPoint, type SlicePoint, slicePlot } from '../charts/slice-plot.js';
import { type RungDecision, stoppingRungs } from '../charts/stopping-rungs.js';
import type { ChartFrame } from '../charts/svg.js';
import type { Figure } from './figure.js';
import { SampleRandom } from './sample-random.js';

const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

const bars = (shares: number[]): ImportanceBar[] =>
  shares.map((share, i) => ({
    parameters:
      i % 3 === 2 ? ['learningRate', `parameter ${i}`] : [i === 0 ? 'learningRate' : `parameter ${i}`],
    ...{ share, deviation: 0.02 + share / 6 },
  }));
const importance = (shares: number[], explained?: number, trials?: number) => (frame: ChartFrame) =>
  parameterImportance(bars(shares), { ...frame, ...(explained !== undefined && { explained, trials }) });

export const importanceFigure: Figure = {
  name: 'parameter-importance',
  about: 'which parameters matter, alone and in pairs, with the spread between the trees of the model',
  height: 220,
  cases: {
    empty: importance([]),
    'one-point': importance([1], 0.9, 12),
    typical: importance([0.62, 0.17, 0.09, 0.06, 0.02, 0.01], 0.84, 40),
    huge: importance(
      many(60, (i) => 0.3 / (i + 1)),
      0.5,
      400,
    ),
    nan: importance([Number.NaN, 0.4, 0.01], 0.1, 9),
  },
};

const slice =
  (trials: SlicePoint[], model: SliceModelPoint[], kind: 'log' | 'ordinal' = 'log') =>
  (frame: ChartFrame) =>
    slicePlot(
      { trials, model },
      {
        ...frame,
        xTitle: 'learningRate',
        yTitle: 'in_domain/loss (nats/token)',
        xKind: kind,
        yScale: 'linear',
      },
    );
const lossAt = (rate: number) => 3.6 + 0.35 * (Math.log10(rate) + 2.2) ** 2;
function sliceTrials(n: number): SlicePoint[] {
  const random = new SampleRandom(n, 'slice');
  return many(n, (i) => {
    const x = 10 ** (-4 + 3 * random.next());
    return {
      runId: `run_${i}`,
      label: `trial ${i + 1}`,
      x,
      y: lossAt(x) + 0.1 * random.nextNormal(),
      isBest: i === 3,
    };
  });
}
const sliceModel = many(40, (i): SliceModelPoint => {
  const x = 10 ** (-4 + (3 * i) / 39);
  const half = 0.08 + 0.15 * Math.abs(i / 39 - 0.5);
  return { x, mean: lossAt(x), low: lossAt(x) - half, high: lossAt(x) + half };
});
const targets = ['attention', 'all', 'mlp'];

export const sliceFigure: Figure = {
  name: 'slice-plot',
  about: 'trials over one parameter, with what the model believes along it and how sure it is',
  height: 240,
  cases: {
    empty: slice([], []),
    'one-point': slice(sliceTrials(1), []),
    typical: slice(sliceTrials(24), sliceModel),
    huge: slice(sliceTrials(2500), sliceModel),
    nan: slice(
      sliceTrials(6).map((trial, i) => ({ ...trial, y: i % 2 === 0 ? trial.y : Number.NaN })),
      sliceModel,
    ),
    ordinal: slice(
      many(12, (i) => ({
        runId: `run_${i}`,
        label: `trial ${i + 1}`,
        x: targets[i % 3],
        y: 3.6 + (i % 5) / 20 + (i % 3) / 8,
      })),
      targets.map((x, i) => ({ x, mean: 3.7 + i / 8, low: 3.6 + i / 8, high: 3.8 + i / 8 })),
      'ordinal',
    ),
  },
};

const paths = (
  n: number,
  seeds: number,
  valueAt = (i: number, r: SampleRandom) => 3.6 + r.next() * Math.exp(-i / 12),
): SearchPath[] =>
  many(seeds, (s) => {
    const random = new SampleRandom(s, 'regret');
    const trials = many(n, (i) => ({
      ...{ runId: `run_${s}_${i}`, label: `trial ${i + 1}` },
      ...{ cost: 20 + 10 * random.next(), value: valueAt(i, random) },
    }));
    return { searchId: `search_${s}`, label: ['bayes', 'random', 'grid'][s % 3]!, trials };
  });
const regret =
  (searches: SearchPath[], yScale: 'linear' | 'log' = 'log', optimum?: number) =>
  (frame: ChartFrame) =>
    regretAgainstCost(searches, {
      ...frame,
      ...{ goal: 'minimize' as const, metric: 'in_domain/loss', costTitle: 'seconds of training', yScale },
      ...(optimum !== undefined && { optimum }),
    });

export const regretFigure: Figure = {
  name: 'regret-against-cost',
  about: 'how far the best result so far is from the best there is, against what the search has cost',
  height: 220,
  cases: {
    empty: regret([]),
    'one-point': regret(paths(1, 1), 'linear'),
    typical: regret(paths(30, 3)),
    huge: regret(paths(2000, 2), 'log', 3.59),
    nan: regret(
      paths(8, 1, (i, r) => (i % 2 === 0 ? Number.NaN : 4 - r.next())),
      'linear',
    ),
  },
};

function decisions(
  runs: number,
  rungs: number,
  valueAt = (i: number, k: number) => 4 + ((i * 7) % 11) / 20 - k / 5,
): RungDecision[] {
  return many(runs, (i) => i).flatMap((i) => {
    const reached = Math.max(1, Math.min(rungs, 1 + (rungs * runs) / (3 * i + 1)));
    return many(
      Math.floor(reached),
      (k): RungDecision => ({
        ...{ runId: `run_${i}`, label: `trial ${i + 1}`, step: 10 * 3 ** k, value: valueAt(i, k) },
        ...{
          threshold: 4.2 - k / 5,
          isStop: k + 1 >= Math.floor(reached) && reached < rungs,
          peers: runs - 1,
        },
        why: 'worse than two thirds of the trials at this rung',
      }),
    );
  });
}
const rungs = (all: RungDecision[]) => (frame: ChartFrame) =>
  stoppingRungs(all, { ...frame, yTitle: 'validation/loss (nats/token)', yScale: 'linear' });

export const rungsFigure: Figure = {
  name: 'stopping-rungs',
  about: 'what the stopping rule saw at each rung, and whom it stopped',
  height: 240,
  cases: {
    empty: rungs([]),
    'one-point': rungs(decisions(1, 1)),
    typical: rungs(decisions(18, 4)),
    huge: rungs(decisions(120, 4)),
    nan: rungs(decisions(6, 3, (i, k) => (i === 2 ? Number.NaN : 4 - k / 5 + i / 10))),
  },
};

function rankedRuns(ranks: number[], seeds: number, noise: number): RankedRun[] {
  const random = new SampleRandom(ranks.length, 'ranks');
  return ranks.flatMap((rank) =>
    many(seeds, (s) => ({
      ...{ runId: `run_${rank}_${s}`, label: `seed ${s}`, rank, isCompared: true },
      loss: 3.5 + 0.9 / rank ** 1.6 + noise * random.nextNormal(),
    })),
  );
}
const plateau = (runs: RankedRun[]) => (frame: ChartFrame) => {
  const ranks = [...new Set(runs.map(({ rank }) => rank))];
  const losses = (rank: number) => runs.filter((run) => run.rank === rank).map(({ loss }) => loss);
  const found = rankPlateau(ranks.map((rank) => ({ rank, losses: losses(rank) })));
  return rankPlateauChart(
    { plateau: found, runs },
    { ...frame, yTitle: 'in_domain/loss (nats/token)', yScale: 'linear' },
  );
};

export const rankFigure: Figure = {
  name: 'rank-plateau',
  about: 'quality by rank, and the smallest rank that the seeds cannot tell from the best',
  height: 240,
  cases: {
    empty: plateau([]),
    'one-point': plateau(rankedRuns([8], 1, 0)),
    typical: plateau(rankedRuns([1, 2, 4, 8, 16, 32], 4, 0.02)),
    huge: plateau(
      rankedRuns(
        many(24, (i) => i + 1),
        20,
        0.02,
      ),
    ),
    nan: plateau(
      rankedRuns([2, 8, 32], 3, 0.02).map((run, i) => (i === 4 ? { ...run, loss: Number.NaN } : run)),
    ),
  },
};
