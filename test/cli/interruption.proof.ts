import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import {
  CreateSweepDocument,
  RunRecordDocument,
  RunSeriesDocument,
} from '../../src/api-client/operations.generated.js';
import { isMeasured } from '../../src/core/measured-metric.js';
import { makeRun } from '../training/tiny-model.js';
import { COMMAND_LINE, eventually, progressOf, startTestServer, type TestServer } from '../worker/server.js';

jest.setTimeout(180_000);

const STEPS = 400;
let server: TestServer;
let config: object;

beforeAll(async () => {
  server = await startTestServer();
  const changes = { steps: STEPS, evaluationInterval: 50, lora: { rank: 2, dropout: 0.1 } };
  ({ config } = await makeRun(changes));
  writeFileSync(join(server.folder, 'run.yaml'), JSON.stringify({ ...config, epochs: undefined }));
});

afterAll(() => server?.close());

/** A command in a process of its own, and all that it printed by the time it ended. */
function start(...args: string[]) {
  const env = { ...process.env, RANKSWEEP_URL: server.url };
  const child: ChildProcess = spawn(process.execPath, [COMMAND_LINE, ...args], { cwd: server.folder, env });
  let printed = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  const ended = new Promise<{ code: number | null; printed: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, printed })),
  );
  return { child, ended, printed: () => printed };
}

/** The run that a process began, once it has made some of its steps. */
const runningIn = ({ printed }: ReturnType<typeof start>) =>
  eventually(async () => {
    const id = /\brun (run_\w+)/.exec(printed())?.[1];
    if (!id) return null;
    const { run } = await server.client.request(RunSeriesDocument, { id, maxPoints: 2000 });
    return run?.series.some(({ name, count }) => name === 'train/loss' && count > 2) ? id : null;
  }, 'a step');

/** What no interruption may change: every logged number that is not of the clock or the memory, and the adapter's bytes. */
async function resultOf(id: string) {
  const { run: curves } = await server.client.request(RunSeriesDocument, { id, maxPoints: 2000 });
  const { run } = await server.client.request(RunRecordDocument, { id });
  const { state, artifacts, provenance } = run!;
  const adapter = artifacts.find(({ name }) => name === 'adapter/adapter_model.safetensors')?.sha256;
  const series = curves!.series
    .filter(({ name }) => !isMeasured(name))
    .map(({ name, steps, values }) => ({ name, steps, values }));
  return { state, resumedFrom: provenance.resumedFrom, kept: { series, adapter } };
}

async function runToTheEnd(...args: string[]): Promise<string> {
  const { code, printed } = await start('run', 'run.yaml', '--json', ...args).ended;
  expect(code).toBe(0);
  return JSON.parse(printed.slice(printed.indexOf('{'))).id;
}

it('SIGTERM leaves `ranksweep run` and a trial a checkpoint, and what goes on from it has the same bits', async () => {
  const whole = await resultOf(await runToTheEnd());
  expect(whole.kept.series.find(({ name }) => name === 'train/loss')!.steps).toHaveLength(STEPS);
  expect(whole.kept.adapter).toBeDefined();

  const interrupted = start('run', 'run.yaml');
  const id = await runningIn(interrupted);
  interrupted.child.kill('SIGTERM');
  const { code, printed } = await interrupted.ended;
  expect(code).toBe(1);
  const [, step, file] = /checkpoint of step (\d+) in (\S+), so that it can go on/.exec(printed)!;
  expect(Number(step)).toBeLessThan(STEPS);
  const resumed = await resultOf(await runToTheEnd('--resume', file!));
  expect(resumed).toMatchObject({ state: 'finished', resumedFrom: { runId: id, step: Number(step) } });
  expect(resumed.kept).toEqual(whole.kept);

  const sweep = {
    method: 'grid',
    run: { ...config, epochs: undefined },
    parameters: { seed: { values: [0] } },
  };
  const input = { yaml: JSON.stringify({ ...sweep, metric: { name: 'validation/loss', goal: 'minimize' } }) };
  const { id: sweepId } = (await server.client.request(CreateSweepDocument, { input })).createSweep;
  const worker = start('worker', '--exit-when-idle');
  const first = await runningIn(worker);
  worker.child.kill('SIGTERM');
  expect((await worker.ended).printed).toContain('ending: the run is asked to stop');
  expect((await resultOf(first)).state).toBe('lost');
  await start('worker', '--exit-when-idle').ended;
  const again = (await progressOf(server.client, sweepId)).trials[0]!.run!.id;
  const trial = await resultOf(again);
  expect(trial).toMatchObject({ state: 'finished', resumedFrom: { runId: first } });
  expect(trial.kept).toEqual(whole.kept);
});
