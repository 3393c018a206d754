import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  CreateSweepDocument,
  RunLogDocument,
  RunSeriesDocument,
  StopRunDocument,
} from '../../src/api-client/operations.generated.js';
import { workLoop } from '../../src/worker/claim-loop.js';
import { parseGpuUse } from '../../src/worker/gpu-use.js';
import { descendants, parsePs, parseStat, processTree } from '../../src/worker/process-tree.js';
import {
  INTERVAL_VARIABLE,
  pointsOf,
  type Sample,
  systemIntervalMs,
} from '../../src/worker/system-monitor.js';
import { ENTRIES, eventually, progressOf, startTestServer, type TestServer } from './server.js';

jest.setTimeout(120_000);

const use = (pid: number, parent: number, cpuMs = 0, memoryBytes = 0) => ({
  pid,
  parent,
  cpuMs,
  memoryBytes,
});

describe('the tree of a process', () => {
  it('is all that descend from it, in whatever order they are listed', () => {
    const all = [use(4, 3), use(3, 2), use(2, 1), use(5, 1), use(1, 0)];
    expect(descendants(all, 2).map(({ pid }) => pid)).toEqual([4, 3, 2]);
    expect(descendants(all, 9)).toEqual([]);
  });

  it('is read from /proc, whatever a process calls itself', () => {
    const stat = '42 (a) b (c)) S 7 42 42 0 -1 4194560 100 0 0 0 150 25 0 0 20 0 1 0 5 0 0';
    expect(parseStat(stat)).toEqual([use(42, 7, 1750)]);
    expect(parseStat('')).toEqual([]);
  });

  it('is read from ps elsewhere', () => {
    expect(parsePs('   7   1   0:01.50  2048\n 8 7 1-02:03:04 4\nnonsense\n')).toEqual([
      use(7, 1, 1500, 2048 * 1024),
      use(8, 7, (((1 * 24 + 2) * 60 + 3) * 60 + 4) * 1000, 4096),
    ]);
  });

  it('agrees with ps, children of children included', async () => {
    const grandchild =
      "require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e3); console.log(1)'], {stdio: 'inherit'})";
    const child = spawn(process.execPath, ['-e', grandchild], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    try {
      await once(child.stdout!, 'data');
      const ours = await processTree(child.pid!);
      const ps = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,time=,rss='], { encoding: 'utf8' });
      const theirs = descendants(parsePs(ps), child.pid!);
      const pids = (list: { pid: number }[]) => list.map(({ pid }) => pid).sort();
      expect(ours).toHaveLength(2);
      expect(pids(ours)).toEqual(pids(theirs));
      for (const { pid, memoryBytes, cpuMs } of ours) {
        const same = theirs.find((one) => one.pid === pid)!;
        expect(Math.abs(memoryBytes / same.memoryBytes - 1)).toBeLessThan(0.2);
        expect(Math.abs(cpuMs - same.cpuMs)).toBeLessThanOrEqual(1000);
      }
    } finally {
      process.kill(-child.pid!, 'SIGKILL');
    }
  });
});

describe('a sample', () => {
  const host = { busyMs: 0, totalMs: 0, memoryPercent: 50 };
  const before: Sample = { time: 10_000, processes: [use(1, 0, 500), use(2, 1, 100)], host, gpus: [] };

  it('says the CPU time since the one before, of those that are there now', () => {
    const now: Sample = {
      ...{ time: 12_000, processes: [use(1, 0, 1500, 100), use(3, 1, 2000, 200)], gpus: [] },
      host: { busyMs: 300, totalMs: 400, memoryPercent: 60 },
    };
    const values = Object.fromEntries(
      pointsOf(before, now, 7000).map(({ metric, value }) => [metric, value]),
    );
    expect(values).toEqual({
      'system/cpu_percent': 150,
      'system/memory_bytes': 300,
      'system/host_cpu_percent': 75,
      'system/host_memory_percent': 60,
    });
    expect(pointsOf(before, now, 7000)[0]).toMatchObject({ step: 5, time: 12_000 });
    expect(pointsOf(before, { ...now, processes: [] }, 0)).toEqual([]);
  });

  it('says of GPUs what nvidia-smi knows', () => {
    const text = '0, GPU-aa, 97, 40536, 312.45, 61\n1, GPU-bb, [N/A], 3, [Not Supported], 30\n';
    expect(parseGpuUse(text)).toEqual([
      ...[
        {
          index: '0',
          uuid: 'GPU-aa',
          utilizationPercent: 97,
          memoryBytes: 40536 * 2 ** 20,
          powerWatts: 312.45,
        },
      ].map((gpu) => ({ ...gpu, temperatureCelsius: 61 })),
      {
        ...{
          index: '1',
          uuid: 'GPU-bb',
          utilizationPercent: null,
          memoryBytes: 3 * 2 ** 20,
          powerWatts: null,
        },
        temperatureCelsius: 30,
      },
    ]);
  });

  it.each(['abc', '-1', 'Infinity'])('every %s seconds is not possible', (text) => {
    expect(() => systemIntervalMs({ [INTERVAL_VARIABLE]: text })).toThrow(INTERVAL_VARIABLE);
  });
});

describe('a worker', () => {
  let server: TestServer;
  const ending = new AbortController();
  const before = { ...process.env };

  beforeAll(async () => {
    server = await startTestServer();
    const programs = mkdtempSync(join(tmpdir(), 'ranksweep-smi-'));
    writeFileSync(join(programs, 'nvidia-smi'), '#!/bin/sh\necho "0, GPU-aa, 97, 1024, 300.5, 61"\n');
    chmodSync(join(programs, 'nvidia-smi'), 0o755);
    process.env.PATH = `${programs}${delimiter}${process.env.PATH}`;
    process.env[INTERVAL_VARIABLE] = '0.1';
    process.env.CANARY_TOKEN = 'canary-3f9a77';
  });
  afterAll(async () => {
    ending.abort();
    process.env = before;
    await server.close();
  });

  it('records what its run uses of the machine, and what it prints without secrets', async () => {
    const { client, folder } = server;
    const program = 'console.log("token is canary-3f9a77"); console.log("Ready"); for (;;);';
    const command = JSON.stringify([process.execPath, '-e', program]);
    const yaml = `method: grid\ncommand: ${command}\nparameters: {x: {values: [1]}}\n`;
    const { createSweep } = await client.request(CreateSweepDocument, { input: { yaml } });
    const options = { client, workFolder: join(folder, 'work'), signal: ending.signal, entryFolder: ENTRIES };
    const working = workLoop({ ...options, until: 'idle' });
    const run = await eventually(async () => {
      const found = (await progressOf(client, createSweep.id)).trials[0]?.run;
      const cpu = found?.metrics.find(({ name }) => name === 'system/cpu_percent');
      return Number(cpu?.last) > 20 ? found! : null;
    }, 'a run that is seen to compute');
    await client.request(StopRunDocument, { id: run.id });
    await working;
    const { run: curves } = await client.request(RunSeriesDocument, { id: run.id, maxPoints: 10 });
    const last = Object.fromEntries(curves!.series.map(({ name, values }) => [name, Number(values.at(-1))]));
    expect(last).toMatchObject({
      'system/gpu0/utilization_percent': 97,
      'system/gpu0/memory_bytes': 2 ** 30,
      'system/gpu0/power_watts': 300.5,
      'system/gpu0/temperature_celsius': 61,
    });
    expect(last['system/memory_bytes']).toBeGreaterThan(20e6);
    const { run: printed } = await client.request(RunLogDocument, { id: run.id, lastLines: 5 });
    expect(printed!.log).toEqual(['token is [removed]', 'Ready']);
    const search = '{"query":"{ run(id: \\"ID\\") { log(containing: \\"READY\\") } }"}'.replace('ID', run.id);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: search });
    expect(await answer.json()).toMatchObject({ data: { run: { log: ['Ready'] } } });
  });
});
