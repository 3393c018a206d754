/**
 * The search on the problems of bench/search: `npm run bench:search [-- --block dev,other --seeds 5 --method bayes --peers random,sobol
 * --procs 1]`, or `-- --speed` for the CPU time of one suggestion. Prints a table, then one line of JSON: at_20 and at_50 are the mean normalised
 * regret of the recommended trial after so many trials (1 = the median best of 20 random trials; lower is better). Runs are kept in
 * bench/search/results by the hash of the build, so that more seeds go on where fewer ended. Needs Python 3.9 (BENCH_PYTHON names another); the peers need
 * bench/search/requirements.txt.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureSpeed } from './search-speed.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'bench', 'search');
const python = process.env.BENCH_PYTHON ?? 'python3';

const { values: options } = parseArgs({
  options: {
    block: { type: 'string', default: 'dev' },
    seeds: { type: 'string', default: '3' },
    method: { type: 'string', default: 'bayes' },
    track: { type: 'string', default: 'noprior' },
    peers: { type: 'string', default: 'random' },
    procs: { type: 'string', default: '1' },
    speed: { type: 'boolean', default: false },
  },
});

/** Another build is another entrant. */
function buildHash() {
  const hash = createHash('sha256');
  for (const part of ['search', 'core', 'cli/ask-tell']) {
    const files = readdirSync(join(root, 'dist', 'src', part), { recursive: true, withFileTypes: true });
    const paths = files
      .filter((f) => f.isFile() && f.name.endsWith('.js'))
      .map((f) => join(f.parentPath, f.name));
    for (const path of paths.sort()) hash.update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 8);
}

function run(...args) {
  const { status } = spawnSync(python, ['run.py', ...args], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function resultsOf(block, entrant, track) {
  const path = join(folder, 'results', `${block}.jsonl`);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line)).filter((r) => r.entrant === entrant && r.track === track);
}

const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Mean over problems of the mean over seeds; null if there is no run. */
function regretAt(runs, budget) {
  const told = runs.filter((r) => String(budget) in r.regret);
  const problems = Map.groupBy ? Map.groupBy(told, (r) => r.problem) : grouped(told);
  if (told.length === 0) return null;
  return Number(mean([...problems.values()].map((rs) => mean(rs.map((r) => r.regret[budget])))).toFixed(4));
}

function grouped(runs) {
  const groups = new Map();
  for (const r of runs) groups.set(r.problem, [...(groups.get(r.problem) ?? []), r]);
  return groups;
}

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function summary(block, entrant) {
  const runs = resultsOf(block, entrant, options.track);
  const milliseconds = runs.flatMap((r) => r.cpu).map((seconds) => 1000 * seconds);
  return {
    ...{ block, entrant, pairs: runs.filter((r) => '50' in r.regret).length },
    ...{ at_20: regretAt(runs, 20), at_50: regretAt(runs, 50), crashes: runs.filter((r) => r.error).length },
    cpu_ms_p50: percentile(milliseconds, 0.5),
    cpu_ms_p95: percentile(milliseconds, 0.95),
  };
}

function compare() {
  const entrant = `ranksweep-${options.method}@${buildHash()}`;
  const main = join(root, 'dist', 'src', 'cli', 'main.js');
  const command = `${entrant}=${process.execPath} ${main} suggest --ndjson --method ${options.method}`;
  const entrants = [...options.peers.split(',').filter(Boolean), entrant].join(',');
  const { block, track, seeds, procs } = options;
  const common = ['--block', block, '--entrants', entrants, '--cmd', command, '--track', track];
  run(...common, '--seeds', seeds, '--procs', procs);
  run(...common, '--report', '--anchor', options.peers.split(',')[0] || entrant);
  const machine = { cpu: cpus()[0]?.model, date: new Date().toISOString().slice(0, 10) };
  console.log(JSON.stringify({ ...machine, results: block.split(',').map((b) => summary(b, entrant)) }));
}

if (options.speed) console.log(JSON.stringify(await measureSpeed()));
else compare();
