import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { metricFromJson } from '../../src/core/metric-value.js';
import type { Parameters } from '../../src/core/search-space.js';
import { quantileOf } from '../../src/core/search-space-quantile.js';
import { parseSweep, type SweepConfig } from '../../src/core/sweep-config.js';
import { commandFor } from '../../src/core/sweep-config-command.js';
import { resolveTrialConfig } from '../../src/core/sweep-config-trial.js';

const files = readdirSync('sweeps').filter((name) => name.endsWith('.yaml'));
const sweeps = files.map((file) => {
  const text = readFileSync(join('sweeps', file), 'utf8');
  return { file, text, sweep: parseSweep(text, file) };
});
/** The point of the space at the same quantile of each parameter. */
const pointAt = (sweep: SweepConfig, u: number): Parameters =>
  Object.fromEntries(sweep.parameters.map((parameter) => [parameter.name, quantileOf(parameter, u)]));
const CORNERS = [0, 0.5, 0.999];

it('there are sweeps for both tasks and for another program', () => {
  expect(files.sort()).toEqual([
    ...[
      'any-command.yaml',
      'era-grid.yaml',
      'extract.yaml',
      'quickstart.yaml',
      'rank-budget.yaml',
      'two-objectives.yaml',
    ],
  ]);
});

it('the example of the readme is a sweep', () => {
  const example = /```yaml\n(.*?)```/s.exec(readFileSync('README.md', 'utf8'))?.[1];
  expect(parseSweep(example!, 'README.md')).toMatchObject({
    name: 'quickstart',
    method: 'bayes',
    warnings: [],
  });
});

describe.each(sweeps)('$file', ({ file, text, sweep }) => {
  it('says in its first lines what it shows, and has nothing to warn of', () => {
    expect(text).toMatch(/^# Shows /);
    expect(`${sweep.name}.yaml`).toBe(file);
    expect(sweep.warnings).toEqual([]);
  });
});

describe.each(sweeps.filter(({ sweep }) => sweep.run !== null))('a trial of $file', ({ sweep }) => {
  it.each(CORNERS)('has a complete config at quantile %d, of data that are here, with each role', (u) => {
    const config = resolveTrialConfig(sweep, pointAt(sweep, u));
    const paths = [config.data.train, config.data.validation!, ...config.evaluations.map(({ data }) => data)];
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
    const roles = new Set(config.evaluations.map(({ role }) => role));
    expect([...roles].sort()).toEqual(['base_capability', 'in_domain', 'out_of_domain']);
  });
});

describe('any-command.py', () => {
  const python = spawnSync('python3', ['--version']).status === 0;
  if (!python && process.env.CI) throw new Error('python3 is needed for this test');
  if (!python) console.warn('SKIPPED: any-command.py, because there is no python3');
  const metricsOf = (...flags: string[]) => {
    const folder = mkdtempSync(join(tmpdir(), 'ranksweep-command-'));
    const path = join(folder, 'metrics.jsonl');
    const env = { ...process.env, RANKSWEEP_METRICS: path };
    const { status, stderr } = spawnSync('python3', ['sweeps/any-command.py', ...flags], {
      env,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    rmSync(folder, { recursive: true });
    return lines.map((line) => JSON.parse(line));
  };
  const { sweep } = sweeps.find(({ file }) => file === 'any-command.yaml')!;

  it('is called with every parameter as a flag', () => {
    const command = commandFor(sweep, { learning_rate: 0.05, momentum: 0.9, steps: 200 });
    const flags = ['--learning_rate=0.05', '--momentum=0.9', '--steps=200'];
    expect(command).toEqual(['python3', 'sweeps/any-command.py', ...flags]);
  });

  const last = (points: { metric: string; step: number; value: unknown }[]) => points.at(-1)!;

  (python ? it : it.skip)('learns, and writes a line of JSON per metric', () => {
    const points = metricsOf('--learning_rate=0.1', '--momentum=0.9', '--steps=100');
    expect(points).toHaveLength(22);
    expect(points[0]).toEqual({ metric: 'train/loss', step: 10, value: expect.any(Number) });
    expect(last(points)).toMatchObject({ metric: 'validation/loss', step: 100 });
    expect(metricFromJson(last(points).value)).toBeLessThan(metricFromJson(points[1].value)!);
  });

  (python ? it : it.skip)('writes a diverged loss as text that the record reads', () => {
    const points = metricsOf('--learning_rate=5', '--steps=1000');
    expect(metricFromJson(last(points).value)).toBeNaN();
    expect(points.map(({ value }) => metricFromJson(value))).not.toContain(undefined);
  });
});
