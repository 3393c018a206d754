import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RequestError, startTestServer, type TestServer } from './test-server.js';
import { type Claim, TestWorker } from './test-worker.js';

let server: TestServer;
let first: TestWorker;
let second: TestWorker;
beforeAll(async () => {
  server = await startTestServer();
  first = await TestWorker.register(server, 'first');
  second = await TestWorker.register(server, 'second');
});
afterAll(() => server.close());

async function resume(claim: Claim, worker: TestWorker): Promise<Claim & { lastBatch: number }> {
  const { resumeRun } = await server.query(
    `mutation ($input: ResumeRunInput!) { resumeRun(input: $input) { run { id state } leaseToken leaseMs lastBatch config } }`,
    { input: { runId: claim.run!.id, workerId: worker.id } },
  );
  return { ...resumeRun, trial: null };
}

const describeRun = (claim: Claim, provenance: unknown) =>
  server.query(`mutation ($input: DescribeRunInput!) { describeRun(input: $input) { provenance } }`, {
    input: { runId: claim.run!.id, leaseToken: claim.leaseToken, provenance, datasets: [] },
  });
const point = (step: number) => ({ metric: 'loss', step, value: 1 / step, time: step });

test('a cancelled run goes on with another worker: points are added, and who had it before has it no longer', async () => {
  const before = await first.open({ config: { a: 1 } });
  await describeRun(before, { host: 'one' });
  await first.report(before, 1, [point(1), point(2)], ['one']);
  await first.finish(before, 'cancelled', { stopReason: 'enough' });
  const now = await resume(before, second);
  expect(now).toMatchObject({ run: { state: 'running' }, leaseToken: 2, lastBatch: 1, config: { a: 1 } });
  await describeRun(now, { host: 'two' });
  await describeRun(now, { host: 'two' });
  expect(await first.report(before, 2, [point(9)])).toMatchObject({ accepted: false, leaseLost: true });
  expect(await second.report(now, 2, [point(3)], ['two'])).toMatchObject({ accepted: true });
  expect((await second.finish(now, 'finished')).accepted).toBe(true);
  const { run } = await server.query(
    `query ($id: ID!) { run(id: $id) { state stopReason workerId provenance log series { steps } } }`,
    { id: before.run!.id },
  );
  expect(run).toMatchObject({
    state: 'finished',
    stopReason: null,
    workerId: second.id,
    log: ['one', 'two'],
  });
  expect(run.series).toEqual([{ steps: [1, 2, 3] }]);
  expect(run.provenance).toEqual({
    host: 'one',
    resumptions: [{ leaseToken: 2, at: expect.any(String), host: 'two' }],
  });
});

test.each(['finished', 'running', 'in the trash'])('a run that is %s does not', async (how) => {
  const claim = await first.open();
  if (how !== 'running') await first.finish(claim, how === 'finished' ? 'finished' : 'failed', {});
  const ids = [claim.run!.id];
  if (how === 'in the trash') {
    await server.query('mutation ($ids: [ID!]!) { deleteRuns(ids: $ids) { id } }', { ids });
  }
  const refused = (await resume(claim, second).catch((e) => e)) as RequestError;
  expect([refused.code, refused.message]).toEqual(['CONFLICT', expect.stringContaining(`it is ${how}`)]);
});

test('a run whose worker vanished goes on once its lease has ended', async () => {
  const claim = await first.open();
  server.clock.advance(31_000);
  await first.claim();
  expect(await resume(claim, second)).toMatchObject({ run: { state: 'running' }, leaseToken: 2 });
});
