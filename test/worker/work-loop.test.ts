import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  CreateSweepDocument,
  RunLogDocument,
  RunRecordDocument,
  RunSeriesDocument,
  StopRunDocument,
} from '../../src/api-client/operations.generated.js';
import { workLoop } from '../../src/worker/claim-loop.js';
import {
  COMMAND_LINE,
  ENTRIES,
  eventually,
  progressOf,
  startTestServer,
  submitGrid,
  type TestServer,
} from './server.js';

jest.setTimeout(120_000);

let server: TestServer;
let ending: AbortController;

beforeEach(() => {
  ending = new AbortController();
});

afterEach(async () => {
  ending.abort();
  await server.close();
});

function work(until: 'once' | 'idle'): Promise<void> {
  const workFolder = join(server.folder, 'work');
  return workLoop({ client: server.client, workFolder, signal: ending.signal, entryFolder: ENTRIES, until });
}

/** The run of the first trial, as soon as it has logged all three steps. */
function runningRun(sweepId: string) {
  return eventually(async () => {
    const run = (await progressOf(server.client, sweepId)).trials[0]?.run;
    return run?.metrics[0]?.lastStep === 3 ? run : null;
  }, 'a run with three steps');
}

describe('a worker', () => {
  it('executes all trials of a command and records what they did', async () => {
    server = await startTestServer();
    const id = await submitGrid(server.client, [1, 2, 5]);
    await work('idle');
    const sweep = await progressOf(server.client, id);
    expect(sweep.state).toBe('finished');
    expect(sweep.trials.map(({ state, attempts, objective }) => [state, attempts, objective])).toEqual([
      ['finished', 1, 1 + 1 / 3],
      ['finished', 1, 1 / 3],
      ['finished', 1, 9 + 1 / 3],
    ]);
    const runId = sweep.trials[2]!.run!.id;
    const { run } = await server.client.request(RunRecordDocument, { id: runId });
    expect(run).toMatchObject({ config: { x: 5 }, seal: { intact: true, problems: [] } });
    const files = new Map(run!.artifacts.map(({ name, bytes }) => [name, bytes]));
    expect(files.get('answer.txt')).toBe(1);
    for (const name of ['manifest.json', 'files/1/train.mjs', `code/${run!.provenance.code.commit}.pack`])
      expect(files.has(name)).toBe(true);
    expect(run!.provenance).toMatchObject({ startedBy: 'worker', backend: null, cwd: process.cwd() });
    expect(run!.provenance.command.at(-1)).toBe('--x=5');
    const { run: curves } = await server.client.request(RunSeriesDocument, { id: runId, maxPoints: 10 });
    expect(curves!.series).toMatchObject([{ name: 'loss', steps: [1, 2, 3], values: [10, 9.5, 9 + 1 / 3] }]);
    const { run: printed } = await server.client.request(RunLogDocument, { id: runId, lastLines: 5 });
    expect(printed!.log).toEqual([`x is 5 in ${runId}`]);
  });

  it('keeps what a failed command said last', async () => {
    server = await startTestServer();
    const id = await submitGrid(server.client, [1], ['--mode=fail']);
    await work('idle');
    const [trial] = (await progressOf(server.client, id)).trials;
    expect(trial!.state).toBe('failed');
    expect(trial!.run!.error).toContain('The command ended with exit code 7.');
    expect(trial!.run!.error).toContain('Error: the data is not there');
  });

  it('says so when a command cannot be started', async () => {
    server = await startTestServer();
    const yaml = 'method: grid\ncommand: [no-such-program]\nparameters: {x: {values: [1]}}\n';
    const { createSweep } = await server.client.request(CreateSweepDocument, { input: { yaml } });
    await work('idle');
    const [trial] = (await progressOf(server.client, createSweep.id)).trials;
    expect(trial).toMatchObject({ state: 'failed' });
    expect(trial!.run!.error).toContain('"no-such-program" could not be started');
  });

  it('stops a run that a person stops', async () => {
    server = await startTestServer();
    const id = await submitGrid(server.client, [1], ['--mode=hang']);
    const working = work('idle');
    const run = await runningRun(id);
    await server.client.request(StopRunDocument, { id: run.id });
    await working;
    const [trial] = (await progressOf(server.client, id)).trials;
    expect(trial).toMatchObject({ state: 'cancelled', run: { stopReason: 'stopped by a person' } });
  });

  it('hands its trial back when it is asked to end', async () => {
    server = await startTestServer();
    const id = await submitGrid(server.client, [1], ['--mode=hang']);
    const working = work('idle');
    await runningRun(id);
    ending.abort();
    await working;
    const [trial] = (await progressOf(server.client, id)).trials;
    expect(trial).toMatchObject({
      state: 'queued',
      run: { state: 'lost', stopReason: 'its worker was asked to end' },
    });
  });

  it('that is killed loses its run, takes its command along, and leaves the trial to the next one', async () => {
    server = await startTestServer(1000);
    const first = join(server.folder, 'first');
    const id = await submitGrid(server.client, [1], ['--mode=once', `--first=${first}`]);
    const args = [COMMAND_LINE, 'worker', '--url', server.url, '--work-dir', join(server.folder, 'killed')];
    const victim = spawn(process.execPath, args, { stdio: 'ignore' });
    const lost = await runningRun(id);
    await eventually(() => (existsSync(first) ? true : null), 'the hanging command');
    victim.kill('SIGKILL');
    await work('idle');
    const [trial] = (await progressOf(server.client, id)).trials;
    expect(trial).toMatchObject({ state: 'finished', attempts: 2 });
    expect(trial!.run!.id).not.toBe(lost.id);
    const { run } = await server.client.request(RunRecordDocument, { id: lost.id });
    expect(run!.state).toBe('lost');
    const pid = Number(readFileSync(first, 'utf8'));
    await eventually(() => (isAlive(pid) ? null : true), 'the end of the orphaned command');
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
