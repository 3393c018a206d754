/** Points in: the same MLflow requests to both servers, and ours through its own door. */
import { closeSync, fdatasync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, post, postJson, pour, round } from './client.mjs';
import { startMlflow, startRanksweep } from './servers.mjs';

const TIME = 1_764_000_000_000;
const BLOCK = 'application/vnd.ranksweep.points';

/** What a request holds: so many metrics, each with so many steps. */
const SHAPES = {
  'one metric, 1000 steps': { metrics: 1, steps: 1000 },
  '10 metrics, 100 steps': { metrics: 10, steps: 100 },
  '1000 metrics, one step': { metrics: 1000, steps: 1 },
};

function valueAt(metric, step) {
  return Math.exp(-step / 1e4) + 0.1 * Math.sin(step * 1.7 + metric);
}

function mlflowBatch(runId, k, { metrics, steps }) {
  const points = [];
  for (let m = 0; m < metrics; m++) {
    for (let s = 0; s < steps; s++) {
      const step = k * steps + s;
      points.push({ key: `metric_${m}`, value: valueAt(m, step), timestamp: TIME + 10 * step, step });
    }
  }
  return Buffer.from(JSON.stringify({ run_id: runId, metrics: points, params: [], tags: [] }));
}

function mlflowPoint(runId, k) {
  const point = { key: 'loss', value: valueAt(0, k), timestamp: TIME + 10 * k, step: k };
  return Buffer.from(JSON.stringify({ run_id: runId, run_uuid: runId, ...point }));
}

function columns(k, { metrics, steps }) {
  const series = Array.from({ length: metrics }, (_, m) => {
    const at = Array.from({ length: steps }, (_, s) => k * steps + s);
    const values = at.map((step) => valueAt(m, step));
    return { metric: `metric_${m}`, steps: at, values, times: at.map((step) => TIME + 10 * step) };
  });
  return Buffer.from(JSON.stringify({ series }));
}

/** As src/runs/point-batch.ts lays it out. */
function block(k, steps) {
  const head = Buffer.alloc(24);
  head.writeUInt8(1, 0);
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(steps, 8);
  head.writeUInt16LE(4, 12);
  head.write('loss', 14);
  const floats = new Float64Array(3 * steps);
  for (let s = 0; s < steps; s++) {
    const step = k * steps + s;
    floats.set([step], s);
    floats.set([valueAt(0, step)], steps + s);
    floats.set([TIME + 10 * step], 2 * steps + s);
  }
  return Buffer.concat([head, Buffer.from(floats.buffer)]);
}

async function mlflowRun(server) {
  const api = `${server.url}/api/2.0/mlflow`;
  const name = `bench ${Math.random().toString(36).slice(2)}`;
  const { experiment_id } = await postJson(`${api}/experiments/create`, { name });
  const { run } = await postJson(`${api}/runs/create`, { experiment_id, start_time: TIME });
  return run.info.run_id;
}

/** A run of ours that no worker's lease ends, and where its points go. */
export async function ownRun(server) {
  const id = await mlflowRun(server);
  return { id, url: `${server.url}/api/runs/${id}/points` };
}

/** Rounds alternate between the servers, so that what else the machine does falls on both. */
async function compare(servers, rounds, measure) {
  const results = Object.fromEntries(servers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const server of servers) results[server.name].push(await measure(server));
  }
  return results;
}

async function batches(server, shape, calls, connections) {
  const runId = await mlflowRun(server);
  const bodies = Array.from({ length: calls }, (_, k) => mlflowBatch(runId, k, shape));
  const url = `${server.url}/api/2.0/mlflow/runs/log-batch`;
  const before = server.cpuSeconds();
  const { seconds, p50, p99 } = await pour(bodies, connections, (body) => post(url, body));
  const points = calls * shape.metrics * shape.steps;
  return {
    pointsPerSecond: points / seconds,
    pointsPerCpuSecond: points / (server.cpuSeconds() - before),
    p50,
    p99,
  };
}

async function singles(server, calls, connections) {
  const runId = await mlflowRun(server);
  const bodies = Array.from({ length: calls }, (_, k) => mlflowPoint(runId, k));
  const url = `${server.url}/api/2.0/mlflow/runs/log-metric`;
  const { callsPerSecond, p50, p99 } = await pour(bodies, connections, (body) => post(url, body));
  return { callsPerSecond, p50, p99 };
}

/** What the disk alone allows one client that waits for each answer: two pages of SQLite's log written and flushed, per second. */
async function diskLimit(folder) {
  const flush = promisify(fdatasync);
  const file = openSync(join(folder, 'flushes'), 'w');
  const pages = Buffer.alloc(2 * 4120, 1);
  const start = performance.now();
  for (let at = 0; at < 500; at++) {
    writeSync(file, pages, 0, pages.length, at * pages.length);
    await flush(file);
  }
  const perSecond = (500 * 1000) / (performance.now() - start);
  closeSync(file);
  return Math.round(perSecond);
}

/** Medians of each number, and all values of the first. */
function summary(results, unit) {
  const all = Object.entries(results).map(([name, rounds]) => {
    const medians = Object.keys(rounds[0]).map((key) => [key, round(median(rounds.map((one) => one[key])))]);
    return [name, { ...Object.fromEntries(medians), rounds: rounds.map((one) => Math.round(one[unit])) }];
  });
  const of = Object.fromEntries(all);
  return of.mlflow && of.ranksweep ? { ...of, ratio: round(of.ranksweep[unit] / of.mlflow[unit]) } : of;
}

export async function measureMlflowEndpoint(folders, rounds) {
  const ours = await startRanksweep(folders.ours);
  const mlflow = await startMlflow(folders.mlflow);
  const servers = mlflow === null ? [ours] : [ours, mlflow];
  // the peer gets fewer calls: it would need minutes for ours
  const calls = { ranksweep: 200, mlflow: 8 };
  try {
    const result = {};
    for (const [name, shape] of Object.entries(SHAPES)) {
      const all = await compare(servers, rounds, (server) => batches(server, shape, calls[server.name], 4));
      result[`log-batch, ${name}, 4 connections`] = summary(all, 'pointsPerSecond');
    }
    result['write and flush, bare (calls/s)'] = await diskLimit(folders.ours);
    const few = { ranksweep: 600, mlflow: 60 };
    for (const connections of [1, 16]) {
      const all = await compare(servers, rounds, (server) => singles(server, few[server.name], connections));
      result[`log-metric, ${connections} connections`] = summary(all, 'callsPerSecond');
    }
    return result;
  } finally {
    for (const server of servers) await server.close();
  }
}

/** Our own door; the file's size tells the bytes of a point. */
export async function measureOwnDoor(folder, rounds, args = []) {
  const server = await startRanksweep(folder, args);
  const results = {};
  let points = 0;
  const measure = async (name, bodies, perBody, connections, type) => {
    const speeds = [];
    const cpu = [];
    for (let i = 0; i < rounds; i++) {
      const run = await ownRun(server);
      const before = server.cpuSeconds();
      const { seconds } = await pour(bodies, connections, (body) => post(run.url, body, type));
      points += bodies.length * perBody;
      speeds.push((bodies.length * perBody) / seconds);
      cpu.push((bodies.length * perBody) / (server.cpuSeconds() - before));
    }
    results[name] = {
      pointsPerSecond: Math.round(median(speeds)),
      pointsPerCpuSecond: Math.round(median(cpu)),
      rounds: speeds.map(Math.round),
    };
  };
  const bodies = (count, of) => Array.from({ length: count }, (_, k) => of(k));
  const long = { metrics: 1, steps: 5000 };
  await measure(
    'JSON, 5000 steps of one metric, 4 connections',
    bodies(100, (k) => columns(k, long)),
    5000,
    4,
  );
  await measure(
    'JSON, 1000 metrics at one step, 4 connections',
    bodies(100, (k) => columns(k, SHAPES['1000 metrics, one step'])),
    1000,
    4,
  );
  await measure(
    'block, 10000 steps of one metric, 4 connections',
    bodies(100, (k) => block(k, 10_000)),
    10_000,
    4,
    BLOCK,
  );
  await measure(
    'one point a request, 1 connection',
    bodies(300, (k) => columns(k, { metrics: 1, steps: 1 })),
    1,
    1,
  );
  await measure(
    'one point a request, 32 connections',
    bodies(3000, (k) => columns(k, { metrics: 1, steps: 1 })),
    1,
    32,
  );
  results.peakMegabytes = server.peakMegabytes();
  await server.close();
  const bytes = statSync(join(folder, 'ranksweep.sqlite')).size;
  return { ...results, points, bytesPerPoint: round(bytes / points) };
}

export { BLOCK, block };
