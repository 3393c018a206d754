/** CPU time of one Bayesian suggestion after so many trials: eight dimensions, noisy values, a tenth diverged. */
import { cpus } from 'node:os';
import { RandomStream } from '../dist/src/core/random.js';
import { suggest } from '../dist/src/search/suggest.js';

const SPACE = [
  { kind: 'float', name: 'lr', min: 1e-6, max: 1e-1, scale: 'log' },
  { kind: 'categorical', name: 'rank', values: [1, 2, 4, 8, 16, 32, 64, 128, 256] },
  { kind: 'float', name: 'dropout', min: 0, max: 0.3, scale: 'linear' },
  { kind: 'categorical', name: 'alpha', values: ['fixed', 'equal', 'double', 'root'] },
  { kind: 'categorical', name: 'modules', values: ['qv', 'attn', 'mlp', 'all'] },
  { kind: 'float', name: 'decay', min: 1e-5, max: 1e-1, scale: 'log' },
  { kind: 'float', name: 'warmup', min: 0, max: 0.2, scale: 'linear' },
  { kind: 'categorical', name: 'batch', values: [8, 16, 32, 64, 128, 256] },
];
const POLICY = { method: 'bayes', goal: 'minimize', runCap: null };
const REPEATS = { 20: 20, 50: 20, 100: 20, 300: 5, 1000: 4 };

function loss({ lr, rank, dropout, decay }, noise) {
  const at = Math.log10(lr) + 3 - 0.1 * Math.log2(rank);
  return (at * at) / 4 + 1 / (1 + rank) + (dropout - 0.1) ** 2 + 0.05 * Math.log10(decay) ** 2 + 0.02 * noise;
}

function historyOf(n, seed) {
  const history = [];
  const stream = new RandomStream(seed, 'noise');
  for (let i = 0; i < n; i++) {
    const { params } = suggest(SPACE, history, { ...POLICY, method: 'random' }, seed);
    const diverged = params.lr > 0.03;
    history.push({
      params,
      state: diverged ? 'diverged' : 'finished',
      value: diverged ? NaN : loss(params, stream.nextNormal()),
    });
  }
  return history;
}

function milliseconds(history, seed) {
  const before = process.cpuUsage();
  suggest(SPACE, history, POLICY, seed);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** ms of user and system time, p50 and p95, per number of trials */
export async function measureSpeed() {
  for (let i = 0; i < 10; i++) milliseconds(historyOf(40, 1000 + i), i);
  const results = Object.entries(REPEATS).map(([n, repeats]) => {
    const times = Array.from({ length: repeats }, (_, seed) =>
      milliseconds(historyOf(Number(n), seed), seed),
    );
    times.sort((a, b) => a - b);
    const at = (share) =>
      Number(times[Math.min(times.length - 1, Math.floor(share * times.length))].toFixed(1));
    return { trials: Number(n), suggestions: repeats, cpu_ms_p50: at(0.5), cpu_ms_p95: at(0.95) };
  });
  return {
    speed: results,
    node: process.version,
    cpu: cpus()[0]?.model,
    date: new Date().toISOString().slice(0, 10),
  };
}
