/** Runs by the thousand, in both servers' tables: filled beside the servers, asked through them. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { graphql, percentiles, postJson, timed } from './client.mjs';
import { peerPython, repository, startMlflow, startRanksweep } from './servers.mjs';

const FIELDS = 20;
const METRICS = 20;

const TABLE = `query ($where: [FieldCondition!], $orderBy: [OrderBy!]) {
  runs(filter: {where: $where}, orderBy: $orderBy, first: 100) { items { id name state config summary } } }`;
const QUESTION = {
  where: [
    { path: 'config.field_3', op: 'lt', value: 0.5 },
    { path: 'metric.metric_1', op: 'lt', value: 0.5 },
  ],
  orderBy: [{ path: 'metric.metric_2', direction: 'asc' }],
};

/** Reproducible numbers in [0, 1). */
function noise(run, field) {
  const x = Math.sin(run * 12.9898 + field * 78.233) * 43758.5453;
  return x - Math.floor(x);
}

async function built(path) {
  return import(join(repository, 'dist', 'src', path));
}

/** Our tables are filled by our own store; the server then starts on them. */
async function fillOurs(folder, runs) {
  await import('reflect-metadata');
  const { openStore } = await built('data-source.js');
  const { insertLog } = await built('runs/metric-tables.js');
  const { mergeLog } = await built('runs/metric-merge.js');
  const { packBatch } = await built('runs/point-batch.js');
  const { columnsOf } = await built('runs/point-columns.js');
  const { Run } = await built('runs/run.entity.js');
  const { Project } = await built('access/project.entity.js');
  const store = await openStore(folder);
  const createdAt = '2026-11-25T00:00:00.000Z';
  await store.write((tx) => tx.insert(Project, { id: 'project_bench', name: 'bench', createdAt }));
  for (let at = 0; at < runs; at += 500) {
    const ids = Array.from({ length: Math.min(500, runs - at) }, (_, i) => at + i);
    await store.write(async (tx) => {
      await tx.insert(Run, ids.map(runRow));
      await insertLog(
        tx,
        ids.map((k) => ({ runId: runId(k), points: METRICS, data: packBatch(columnsOf(pointsOf(k))) })),
      );
      while (await mergeLog(tx, 65_536));
    });
  }
  await store.close();
}

function runId(k) {
  return `run_bench${String(k).padStart(7, '0')}`;
}

function runRow(k) {
  const config = Object.fromEntries(Array.from({ length: FIELDS }, (_, f) => [`field_${f}`, noise(k, f)]));
  const startedAt = new Date(1_764_000_000_000 + 1000 * k).toISOString();
  return {
    ...{ id: runId(k), name: `run ${k}`, projectId: 'project_bench', state: 'finished', origin: 'mlflow' },
    ...{ config, configHash: String(k), provenance: {}, facts: {}, startedAt, endedAt: startedAt },
    ...{ leaseToken: 1, leaseExpiresAt: startedAt, lastBatch: 0 },
  };
}

function pointsOf(k) {
  return Array.from({ length: METRICS }, (_, m) => ({
    ...{ metric: `metric_${m}`, step: 100, value: noise(k, 100 + m), time: 1_764_000_000_000 + k },
  }));
}

async function measureOurs(folder, runs) {
  await fillOurs(folder, runs);
  const server = await startRanksweep(folder);
  const answer = await graphql(server, TABLE, QUESTION);
  if (answer.runs.items.length !== 100)
    throw new Error(`found ${answer.runs.items.length} runs, expected 100`);
  const before = server.cpuSeconds();
  const times = await timed(20, () => graphql(server, TABLE, QUESTION));
  const cpu = ((server.cpuSeconds() - before) / 21) * 1000;
  const peakMegabytes = server.peakMegabytes();
  await server.close();
  return { ...percentiles(times), cpuMilliseconds: Math.round(cpu), peakMegabytes };
}

/** The same runs in MLflow's own tables (by its own schema, with ANALYZE, which favours it), and the same question in its grammar. */
async function measureMlflow(folder) {
  const first = await startMlflow(folder);
  if (first === null) return null;
  await first.close();
  const script = join(repository, 'bench', 'record', 'fill-mlflow.py');
  execFileSync(
    peerPython('mlflow'),
    [script, join(folder, 'mlflow.db'), '10000', String(FIELDS), String(METRICS)],
    {
      stdio: ['ignore', 2, 2],
    },
  );
  const server = await startMlflow(folder);
  const question = {
    experiment_ids: ['0'],
    filter: 'metrics.metric_1 < 0.5 and params.field_3 LIKE "0.1%"',
    order_by: ['metrics.metric_2 ASC'],
    max_results: 100,
  };
  const ask = () => postJson(`${server.url}/api/2.0/mlflow/runs/search`, question);
  const { runs } = await ask();
  if (runs?.length !== 100) throw new Error(`MLflow found ${runs?.length} runs, expected 100`);
  const times = await timed(5, ask);
  await server.close();
  return percentiles(times);
}

export async function measureRuns(folders, sizes) {
  const result = {};
  for (const size of sizes) {
    result[`first 100 of ${size} runs, filtered on a config value and a metric, by another metric (ms)`] =
      await measureOurs(join(folders.ours, String(size)), size);
  }
  result['MLflow: the like of 10000 runs (ms)'] = await measureMlflow(folders.mlflow);
  return result;
}
