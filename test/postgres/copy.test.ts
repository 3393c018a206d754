import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { copyDatabase } from '../../src/access/copy-database.js';
import { insertRow } from '../../src/access/store.js';
import { openStore } from '../../src/data-source.js';
import { type RunningServer, startServer } from '../../src/main.js';
import { Worker } from '../../src/runs/worker.entity.js';
import { StopDecision } from '../../src/sweeps/stop-decision.entity.js';
import { createTestDatabase, type TestDatabase } from '../api/test-database.js';
import { startTestServer } from '../api/test-server.js';
import { point, TestWorker } from '../api/test-worker.js';

const now = '2026-11-24T20:00:00.000Z';
const folder = mkdtempSync(join(tmpdir(), 'ranksweep-copy-'));
let database: TestDatabase;
beforeAll(async () => {
  database = (await createTestDatabase())!;
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

const EVERYTHING = `{
  projects { name }
  sweeps { items { id state trialCounts trials { number state parameters why objective attempts historyHash } } }
  runs(orderBy: [{path: "config.x", direction: asc}]) { items {
    id state name config configHash startedAt endedAt log(lastLines: 10)
    metrics { name count last min max nanCount }
    series(maxPoints: 5000) { name count exact steps values times } } }
  workers { id name device } }`;

const YAML = `method: grid
program: t.py
metric: {name: loss}
parameters: {x: {values: [1, 2, 3]}}
`;

/** A sweep with every kind of value in its points, one trial that waits and one that runs. */
async function fill(): Promise<unknown> {
  const server = await startTestServer({ dataFolder: folder, databaseUrl: undefined });
  const create = 'mutation ($input: CreateSweepInput!) { createSweep(input: $input) { id } }';
  const { id } = (await server.query(create, { input: { yaml: YAML, project: 'ä copy' } })).createSweep;
  const worker = await TestWorker.register(server, 'läufer');
  const claim = await worker.claim(id);
  const values = [0.1, 'NaN', 'Infinity', '-Infinity', -0.5, 1e-300];
  const points = Array.from({ length: 2500 }, (_, i) => point('loss', i, values[i % values.length]!));
  await worker.report(claim, 1, points, ['a line', 'NUL: \0, pair: \u{1f600}']);
  await worker.finish(claim);
  await worker.finish(await worker.claim(id), 'lost');
  await worker.claim(id);
  const everything = await server.query(EVERYTHING);
  await server.stop();
  return everything;
}

async function readAll(databaseUrl: string | undefined, dataFolder: string): Promise<unknown> {
  const server: RunningServer = await startServer({
    port: 0,
    dataFolder,
    ...(databaseUrl && { databaseUrl }),
  });
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: EVERYTHING }),
  });
  const { data } = (await response.json()) as { data: unknown };
  await server.close();
  return data;
}

async function copy(from: [string, string?], to: [string, string?]) {
  const [source, target] = [await openStore(...from), await openStore(...to)];
  return copyDatabase(source, target).finally(async () => {
    await target.close();
    await source.close();
  });
}

test('from SQLite to Postgres and back: every answer of the server is the same', async () => {
  const before = await fill();
  const decision = {
    ...{ runId: 'r', rung: 1, trialId: 't', rule: 'asha', stop: true, step: 1, value: 1, threshold: null },
    ...{ probability: null, predicted: null, peers: 2, why: 'w', decidedAt: now },
  };
  const sqlite = await openStore(folder);
  await sqlite.write((tx) => tx.insert(StopDecision, decision as object));
  await sqlite.close();

  const copied = await copy([folder], ['', database.url]);
  expect(copied.find(({ table }) => table === 'run')?.rows).toBe(3);
  const withoutNul = JSON.parse(JSON.stringify(before).replaceAll('\\u0000', '\ufffd'));
  expect(await readAll(database.url, folder)).toEqual(withoutNul);

  const back = join(folder, 'back');
  await copy(['', database.url], [back]);
  expect(await readAll(undefined, back)).toEqual(withoutNul);
  const again = await openStore(back);
  expect(await again.read.find(StopDecision)).toMatchObject([decision]);
  await again.close();
});

test('a database with rows is not copied over', async () => {
  const full = join(folder, 'full');
  const store = await openStore(full);
  const worker = { id: 'w', name: 'w', host: 'h', device: {}, startedAt: now, lastSeenAt: now };
  await store.write((tx) => insertRow(tx, Worker, worker));
  await store.close();
  await expect(copy(['', database.url], [full])).rejects.toThrow('has rows already (worker)');
});
