import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { metricFromJson } from '../../src/core/metric-value.js';
import { type RunConfig, runConfigSchema } from '../../src/core/run-config.js';

const files = readdirSync('sweeps').filter((name) => name.endsWith('.yaml'));
const sweeps = files.map((name) => {
  const text = readFileSync(join('sweeps', name), 'utf8');
  return { name, text, ...parse(text) };
});
const trained = sweeps.filter(({ run }) => run);

it('there are sweeps for both tasks and for another program', () => {
  expect(files.sort()).toEqual(['any-command.yaml', 'era-grid.yaml', 'extract.yaml', 'quickstart.yaml']);
});

describe.each(sweeps)('$name', ({ text, name, parameters }) => {
  it('says in its first lines what it shows', () => {
    expect(text).toMatch(/^# Shows /);
    expect(Object.keys(parameters).length).toBeGreaterThan(0);
    expect(files).toContain(`${name}.yaml`);
  });
});

describe.each(trained)('the run of $name', ({ run, parameters }) => {
  const config: RunConfig = runConfigSchema.parse(run);

  it('names data that are here, with each role', () => {
    const paths = [config.data.train, config.data.validation!, ...config.evaluations.map(({ data }) => data)];
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
    const roles = new Set(config.evaluations.map(({ role }) => role));
    expect([...roles].sort()).toEqual(['base_capability', 'in_domain', 'out_of_domain']);
  });

  it('takes the parameters of the space', () => {
    for (const path of Object.keys(parameters)) {
      expect(path.split('.').reduce<unknown>((node, key) => (node as never)?.[key], config)).toBeDefined();
    }
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
  const last = (points: { metric: string; step: number; value: unknown }[]) => points.at(-1)!;

  (python ? it : it.skip)('learns, and writes a line of JSON per metric', () => {
    const points = metricsOf('--learning_rate=0.1', '--momentum=0.9', '--steps=100');
    expect(points).toHaveLength(20);
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
