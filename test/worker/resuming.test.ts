import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it, jest } from '@jest/globals';
import {
  CreateSweepDocument,
  RunLogDocument,
  RunRecordDocument,
  RunSeriesDocument,
} from '../../src/api-client/operations.generated.js';
import { workLoop } from '../../src/worker/claim-loop.js';
import { makeRun } from '../training/tiny-model.js';
import { ENTRIES, eventually, progressOf, startTestServer, type TestServer } from './server.js';

jest.setTimeout(180_000);

const STEPS = 400;
let server: TestServer;
const ending = new AbortController();

afterEach(async () => {
  ending.abort();
  await server.close();
});

async function submitTraining(): Promise<string> {
  const { config } = await makeRun({ steps: STEPS, evaluations: [], evaluationInterval: null });
  const sweep = {
    method: 'grid',
    metric: { name: 'validation/loss', goal: 'minimize' },
    run: { ...config, epochs: undefined },
    parameters: { 'lora.rank': { values: [2] } },
  };
  const input = { yaml: JSON.stringify(sweep) };
  return (await server.client.request(CreateSweepDocument, { input })).createSweep.id;
}

function work(signal: AbortSignal): Promise<void> {
  const workFolder = join(server.folder, 'work');
  return workLoop({ client: server.client, workFolder, signal, entryFolder: ENTRIES, until: 'idle' });
}

const runOf = async (sweepId: string) => (await progressOf(server.client, sweepId)).trials[0]?.run ?? null;

it('a trial that is handed back goes on from its checkpoint when it is claimed again', async () => {
  server = await startTestServer();
  const sweepId = await submitTraining();
  const first = work(ending.signal);
  const { id } = await eventually(async () => {
    const run = await runOf(sweepId);
    return run?.metrics.length ? run : null;
  }, 'a step');
  ending.abort();
  await first;
  expect(await runOf(sweepId)).toMatchObject({ id, state: 'lost' });
  await work(new AbortController().signal);
  const again = (await runOf(sweepId))!;
  expect(again).toMatchObject({ state: 'finished' });
  const { run } = await server.client.request(RunRecordDocument, { id: again.id });
  const { resumedFrom } = run!.provenance;
  expect(resumedFrom).toEqual({ runId: id, step: expect.any(Number) });
  const { run: printed } = await server.client.request(RunLogDocument, { id: again.id, lastLines: 50 });
  expect(printed!.log).toContain(`goes on after step ${resumedFrom.step} of run ${id}`);
  const { run: curves } = await server.client.request(RunSeriesDocument, { id: again.id, maxPoints: 1000 });
  const losses = curves!.series.find(({ name }) => name === 'train/loss')!;
  expect(losses.steps).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
  expect(await readdir(join(server.folder, 'work'))).toEqual(['checks']);
});
