import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Database from 'better-sqlite3';
import { ApiClient } from '../../../src/api-client/api-client.js';
import { csvSource } from '../../../src/cli/import/csv.js';
import { importRuns } from '../../../src/cli/import/import-runs.js';
import type { ImportSource } from '../../../src/cli/import/imported-run.js';
import { mlflowSource } from '../../../src/cli/import/mlflow.js';
import { tensorboardSource } from '../../../src/cli/import/tensorboard.js';
import { wandbSource } from '../../../src/cli/import/wandb.js';
import { startTestServer, type TestServer } from '../../api/test-server.js';

const FIXTURES = resolve('test/fixtures/imports');
let server: TestServer;
let client: ApiClient;
const scratch = mkdtempSync(join(tmpdir(), 'ranksweep-import-'));
beforeAll(async () => {
  server = await startTestServer();
  client = new ApiClient(server.url);
});
afterAll(async () => {
  await server.close();
  rmSync(scratch, { recursive: true });
});

const RUN = `id name state error config tags notes group parentId origin startedAt endedAt provenance summary
  project { name } artifacts { name bytes } series(maxPoints: 100000) { name steps values times }`;
const stored = async (id: string) =>
  (await server.query(`query ($id: ID!) { run(id: $id) { ${RUN} } }`, { id })).run;
const pointsOf = (run: Awaited<ReturnType<typeof stored>>, metric: string) => {
  const series = run.series.find(({ name }: { name: string }) => name === metric);
  return series.steps.map((step: number, i: number) => [step, series.values[i], series.times[i]]);
};

/** Imports twice: the second time nothing is new. */
async function bring(source: ImportSource) {
  const report = await importRuns(client, source);
  const before = await Promise.all(report.runs.map(({ id }) => stored(id)));
  const again = await importRuns(client, source);
  expect(again.runs).toEqual(report.runs.map((run) => ({ ...run, created: false })));
  expect(await Promise.all(report.runs.map(({ id }) => stored(id)))).toEqual(before);
  return { report, runs: before };
}

const reasons = (report: Awaited<ReturnType<typeof importRuns>>) =>
  report.omissions.map(({ place, reason }) => `${place}: ${reason}`).join('\n');

test('TensorBoard: what its own reader says of each run, and damage by its place', async () => {
  const folder = join(FIXTURES, 'tensorboard');
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  const { report, runs } = await bring(tensorboardSource(folder, { project: 'tb' }));
  expect(runs.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort());
  for (const run of runs) {
    const seconds = (metric: string) => pointsOf(run, metric).map(([s, v, t]: number[]) => [s, v, t! / 1000]);
    const found = Object.fromEntries(run.series.map(({ name }: { name: string }) => [name, seconds(name)]));
    // JSON.parse of a series has lost the sign of -0: the bits are tested where points are packed
    expect(JSON.stringify(found)).toBe(JSON.stringify(expected[run.name]));
  }
  const nested = runs.find(({ name }) => name === 'nested/tensors');
  expect(nested.config).toEqual({ lr: 0.01, optimizer: 'adam', nesterov: true, layers: 3 });
  expect(nested.startedAt).toBe('2023-11-14T22:13:20.000Z');
  expect(reasons(report)).toMatch(
    /cut\/events\S+: byte \d+: the file ends within a record; what stands before/,
  );
  expect(reasons(report)).toMatch(/simple: 1 series of histograms: only scalars come \(weights\)/);
});

test('TensorBoard: one flipped bit is found', async () => {
  const folder = join(scratch, 'flipped');
  cpSync(join(FIXTURES, 'tensorboard', 'restarted'), folder, { recursive: true });
  const file = join(folder, readdirSync(folder)[0]!);
  const bytes = readFileSync(file);
  bytes[bytes.length - 20]! ^= 1;
  writeFileSync(file, bytes);
  const report = await importRuns(client, tensorboardSource(folder, { project: 'flipped' }));
  expect(reasons(report)).toMatch(/byte \d+: the checksum of a record is wrong/);
});

function mlflowDatabase(): string {
  const path = join(scratch, 'mlflow.db');
  rmSync(path, { force: true });
  const database = new Database(path);
  database.pragma('foreign_keys = OFF');
  database.exec(readFileSync(join(FIXTURES, 'mlflow.sql'), 'utf8'));
  database.close();
  return path;
}

test.each([
  ['sql', mlflowDatabase],
  ['folder', () => join(FIXTURES, 'mlruns')],
])('MLflow, %s: what its own client says of each run', async (kind, place) => {
  const expected = JSON.parse(readFileSync(join(FIXTURES, 'mlflow-expected.json'), 'utf8'))[kind];
  const { report, runs } = await bring(mlflowSource(place()));
  expect(runs.map(({ id }) => id).sort()).toEqual(Object.keys(expected).sort());
  const names: Record<string, string> = { nan: 'NaN', inf: 'Infinity', '-inf': '-Infinity' };
  const exact = (value: number | string) =>
    value === Number.MAX_VALUE
      ? 'Infinity'
      : value === -Number.MAX_VALUE
        ? '-Infinity'
        : (names[value] ?? value);
  for (const run of runs) {
    const { name, start, metrics } = expected[run.id];
    expect([run.name, Date.parse(run.startedAt), run.project.name]).toEqual([name, start, 'llama study']);
    for (const [metric, points] of Object.entries<[number, number | string, number][]>(metrics)) {
      const sorted = points.map(([step, value, time]) => [step, exact(value), time]);
      expect(pointsOf(run, metric)).toEqual(sorted.sort((a, b) => Number(a[0]) - Number(b[0])));
    }
  }
  const [parent, child, open] = ['parent', 'child', 'never ended'].map((name) =>
    runs.find((run) => run.name === name),
  );
  expect(parent).toMatchObject({
    ...{
      state: 'finished',
      notes: '# why',
      config: { optimizer: { lr: 0.001 }, model: 'llama', flag: true },
    },
    ...{
      tags: { stage: 'draft', 'mlflow.user': 'ada' },
      endedAt: '2023-11-14T22:13:30.000Z',
      origin: 'mlflow',
    },
  });
  expect(child).toMatchObject({ state: 'failed', parentId: parent.id });
  expect(open).toMatchObject({ state: 'lost', error: 'it was still running when it was imported' });
  expect(reasons(report)).toContain('(deleted): it is deleted in MLflow');
  if (kind === 'folder') expect(parent.artifacts).toEqual([{ name: 'sub/note.txt', bytes: 5 }]);
});

test('MLflow, a server: here one of our own, whose runs it finds there already', async () => {
  const other = await startTestServer();
  try {
    await importRuns(new ApiClient(other.url), mlflowSource(mlflowDatabase()));
    const report = await importRuns(client, mlflowSource(other.url));
    expect(report.runs.map(({ name, created, points }) => [name, created, points])).toEqual([
      ['parent', false, 7],
      ['child', false, 0],
      ['never ended', false, 0],
    ]);
  } finally {
    await other.close();
  }
});

test('W&B, offline files: config, history, times and how it ended', async () => {
  const { report, runs } = await bring(wandbSource(join(FIXTURES, 'wandb'), {}));
  const [good, failed] = runs;
  expect(good).toMatchObject({
    ...{ id: 'ab12cd34', name: 'brave-1', state: 'finished', group: 'g', notes: 'why', origin: 'wandb' },
    ...{ project: { name: 'old-study' }, tags: { draft: '', lora: '' } },
    config: { lr: 1e-3, model: { rank: 8 }, layers: [1, 2], long: 'x'.repeat(33_000), late: 'yes' },
  });
  expect(good.summary.facts.summary.best).toBe(0.025);
  const steps = Array.from({ length: 10 }, (_, step) => step);
  const values = (metric: string) => pointsOf(good, metric).map(([step, value]: never[]) => [step, value]);
  expect(values('loss')).toEqual(steps.map((step) => [step, 1 / (step + 1)]));
  expect(values('eval.acc')).toEqual(steps.map((step) => [step, step / 10]));
  expect(values('bad')).toEqual(steps.map((step) => [step, step % 2 ? 'NaN' : 'Infinity']));
  expect(values('flag')).toEqual(steps.map((step) => [step, 1]));
  const [, , time] = pointsOf(good, 'loss')[0];
  expect(time).toBeGreaterThanOrEqual(Date.parse(good.startedAt));
  expect(failed).toMatchObject({ id: 'ee55ff66', state: 'failed', error: 'exit code 1' });
  expect(pointsOf(failed, 'loss').map(([step]: never[]) => step)).toEqual([10]);
  expect(reasons(report)).toMatch(/text: 10 values are no number but string/);
  expect(reasons(report)).toMatch(/histogram: 1 values are no number but list/);
});

test('W&B, a file that was cut off, and one that is none', async () => {
  const folder = join(scratch, 'cut-wandb');
  cpSync(join(FIXTURES, 'wandb'), folder, { recursive: true });
  const [run] = readdirSync(folder).filter((name) => name.endsWith('ab12cd34'));
  const file = join(folder, run!, 'run-ab12cd34.wandb');
  truncateSync(file, readFileSync(file).length - 1500);
  writeFileSync(join(folder, 'none.wandb'), 'not at all');
  const report = await importRuns(client, (omit) =>
    wandbSource(folder, {})((omission) => omit({ ...omission })),
  );
  expect(reasons(report)).toMatch(/run-ab12cd34.wandb: byte \d+: the file ends within a record/);
  expect(reasons(report)).toMatch(/none.wandb: byte 0: it does not begin like a file of W&B/);
});

test('W&B, an export', async () => {
  const folder = join(scratch, 'export', 'zz99');
  const run = {
    id: 'zz99',
    project: 'exported',
    name: 'n',
    state: 'crashed',
    createdAt: '2024-05-06T07:08:09',
    config: { a: 1 },
  };
  cpSync(join(FIXTURES, 'wandb-export'), folder, { recursive: true });
  writeFileSync(join(folder, 'run.json'), JSON.stringify(run));
  const { report, runs } = await bring(wandbSource(join(scratch, 'export'), {}));
  expect(runs[0]).toMatchObject({
    id: 'zz99',
    state: 'lost',
    config: { a: 1 },
    project: { name: 'exported' },
  });
  expect(pointsOf(runs[0], 'loss').map(([step, value]: never[]) => [step, value])).toEqual([
    ...[
      [0, 0.5],
      [1, 'NaN'],
      [5, '-Infinity'],
    ],
  ]);
  expect(reasons(report)).toMatch(/history.jsonl:4: /);
});

test.each([
  [
    'long',
    'metric,step,value,time,run\n"a,""b",1,0.5,2026-01-01T00:00:00Z,r\n"a,""b",2,NaN,2026-01-01T00:00:01Z,r\n',
  ],
  ['wide', '\ufeffstep,"a,""b",time,run\r\n1,0.5,1767225600000,r\r\n2,nan,1767225601000,r\r\n'],
])('CSV, %s', async (name, text) => {
  const path = join(scratch, `${name}.csv`);
  writeFileSync(path, text);
  const { report, runs } = await bring(csvSource(path, { project: 'csv' }));
  expect(report.omissions).toEqual([]);
  expect(runs[0].name).toBe('r');
  expect(pointsOf(runs[0], 'a,"b')).toEqual([
    [1, 0.5, Date.UTC(2026, 0, 1)],
    [2, 'NaN', Date.UTC(2026, 0, 1) + 1000],
  ]);
});

test('CSV: a bad cell is told with its line, the rest comes; a bad head is refused', async () => {
  const path = join(scratch, 'bad.csv');
  writeFileSync(path, 'step,loss\n1,0.5\n2,half\n3\nx,1\n4,inf\n');
  const report = await importRuns(client, csvSource(path, { project: 'csv' }));
  expect(report.points).toBe(2);
  expect(report.omissions.map(({ place, reason }) => `${place.split(':').at(-1)} ${reason}`)).toEqual([
    '3 loss: found "half", expected a number',
    '4 row: found "1 values", expected as many as the head has',
    '5 step: found "x", expected a number',
  ]);
  writeFileSync(path, 'step,metric\n1,loss\n');
  await expect(importRuns(client, csvSource(path, { project: 'csv' }))).rejects.toThrow(
    'bad.csv:1: found a column metric',
  );
});
