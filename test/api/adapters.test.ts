import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RequestError, startTestServer, type TestServer } from './test-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const [id, gain] of [
    ['good', 0.1],
    ['weak', 0.02],
    ['bad', -0.1],
  ] as const)
    await recordRun(id, gain);
});
afterAll(() => server.close());

const POLICY = 'requirements: [{role: in_domain, score: exact, gainAtLeast: 0}]';
const VERSION = 'version runId verdict because rank bytes policyHash';
const ADAPTER = `name project { name } current { ${VERSION} } versions { ${VERSION} files { name sha256 } gate { verdict } } events { number action version because }`;
const contentOf = (id: string) => Buffer.from(`the weights of ${id}`);
const hashOf = (id: string) => createHash('sha256').update(contentOf(id)).digest('hex');

/** A run with an adapter, 100 items, and right answers on half of them more by `gain` than the base. */
async function recordRun(id: string, gain: number, project = 'p'): Promise<void> {
  const sha256 = hashOf(id);
  await fetch(`${server.url}/artifacts/${sha256}`, { method: 'PUT', body: contentOf(id) });
  const artifacts = [
    { name: 'adapter/adapter_model.safetensors', sha256, bytes: contentOf(id).length },
    { name: 'log/other.txt', sha256, bytes: contentOf(id).length },
  ];
  await server.query('mutation ($input: RecordRunInput!) { recordRun(input: $input) { created } }', {
    input: { id, project, state: 'finished', config: { lora: { rank: 4 } }, artifacts },
  });
  const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
  const right = (share: number) => keys.map((_, i) => (i < share * 100 ? 1 : 0));
  const scores = [{ score: 'exact', goal: 'maximize', values: right(0.5 + gain), baseValues: right(0.5) }];
  await server.query(
    'mutation ($input: RecordEvaluationInput!) { recordEvaluation(input: $input) { name } }',
    {
      input: { runId: id, name: 'questions', role: 'in_domain', keys, scores },
    },
  );
}

const ship = async (input: Record<string, unknown>) =>
  (
    await server.query(
      `mutation ($input: ShipAdapterInput!) { shipAdapter(input: $input) { adapter { ${ADAPTER} } gate { verdict inputs } } }`,
      { input: { name: 'acme/support', ...input } },
    )
  ).shipAdapter;
const rollBack = async (input: Record<string, unknown>) =>
  (
    await server.query(
      `mutation ($input: RollBackAdapterInput!) { rollBackAdapter(input: $input) { ${ADAPTER} } }`,
      { input: { name: 'acme/support', ...input } },
    )
  ).rollBackAdapter;
const refusal = (work: Promise<unknown>): Promise<RequestError> =>
  work.then(
    () => Promise.reject(new Error('it was done')),
    (error) => error,
  );

test('an adapter is shipped by the gate, against it only with a reason, rolled back, and nothing is forgotten', async () => {
  const unjudged = await refusal(ship({ runId: 'good' }));
  expect(unjudged).toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('no gate has looked at good'),
  });
  const first = await ship({ runId: 'good', policy: POLICY });
  expect(first.gate).toMatchObject({
    verdict: 'ship',
    inputs: [
      { set: 'questions', score: 'exact', itemsHash: expect.any(String), valuesHash: expect.any(String) },
    ],
  });
  expect(first.adapter).toMatchObject({
    ...{ name: 'acme/support', project: { name: 'p' } },
    current: {
      version: 1,
      runId: 'good',
      verdict: 'ship',
      because: null,
      rank: 4,
      bytes: contentOf('good').length,
    },
    versions: [{ files: [{ name: 'adapter/adapter_model.safetensors', sha256: hashOf('good') }] }],
  });

  const refused = await refusal(ship({ runId: 'bad', policy: POLICY }));
  expect(refused.code).toBe('CONFLICT');
  expect(refused.message).toContain('do not ship');
  expect(refused.problems[0]!.message).toMatch(/^questions: exact must gain at least 0: missed/);
  const weak = await refusal(ship({ runId: 'weak', policy: POLICY }));
  expect(weak.message).toContain('not enough evidence');
  expect((await refusal(ship({ runId: 'bad', because: '  ' }))).problems[0]!.field).toBe('because');

  const forced = await ship({ runId: 'bad', because: 'the customer waits' });
  expect(forced.adapter.current).toMatchObject({
    version: 2,
    verdict: 'do_not_ship',
    because: 'the customer waits',
  });
  const back = await rollBack({ because: 'it answers nonsense' });
  expect(back.current).toMatchObject({ version: 1, runId: 'good' });
  expect(back.events).toEqual([
    { number: 3, action: 'roll_back', version: 1, because: 'it answers nonsense' },
    { number: 2, action: 'ship', version: 2, because: 'the customer waits' },
    { number: 1, action: 'ship', version: 1, because: null },
  ]);
  expect((await refusal(rollBack({ because: 'again' }))).code).toBe('CONFLICT');
  expect((await rollBack({ because: 'on again', to: 2 })).current.version).toBe(2);
  expect((await refusal(rollBack({ because: 'x', to: 2 }))).code).toBe('CONFLICT');
  expect((await refusal(rollBack({ because: 'x', to: 9 }))).code).toBe('NOT_FOUND');
});

test('another policy than before, another project, a wrong name, and a run without an adapter are refused', async () => {
  await ship({ name: 'other', runId: 'good', policy: POLICY });
  const milder = 'requirements: [{role: in_domain, score: exact, noWorseThan: 0.5}]';
  const changed = await refusal(ship({ name: 'other', runId: 'good', policy: milder }));
  expect(changed.problems[0]).toMatchObject({
    field: 'policy',
    message: expect.stringContaining('another policy'),
  });
  const same = `# equal, written otherwise\nrequirements:\n  - role: in_domain\n    score: exact\n    gainAtLeast: 0\n`;
  expect((await ship({ name: 'other', runId: 'good', policy: same })).adapter.current.version).toBe(2);
  await recordRun('elsewhere', 0.1, 'q');
  const project = await refusal(ship({ name: 'other', runId: 'elsewhere', policy: POLICY }));
  expect(project.problems[0]!.message).toContain('belongs to another project');
  expect((await refusal(ship({ name: '../x', runId: 'good' }))).problems[0]!.field).toBe('name');
  const policy = await refusal(ship({ runId: 'good', policy: 'requirements: [{role: indomain}]' }));
  expect(policy.problems[0]).toMatchObject({ field: 'requirements[0].role', line: 1 });
  const { adapters } = await server.query('{ adapters { name } }');
  expect(adapters.map(({ name }: { name: string }) => name)).toEqual(['acme/support', 'other']);
});

test('what is shipped outlives its run', async () => {
  await ship({ name: 'kept', runId: 'good', policy: POLICY });
  await server.query('mutation { deleteRuns(ids: ["good", "weak"]) { id } }');
  server.clock.advance(30 * 86_400_000);
  const collect = `mutation { collectGarbage(input: {dryRun: false, trashDays: 0}) { runIds } }`;
  expect((await server.query(collect)).collectGarbage.runIds.sort()).toEqual(['good', 'weak']);
  server.clock.advance(30 * 86_400_000);
  await server.query(collect);
  expect((await fetch(`${server.url}/artifacts/${hashOf('weak')}`)).status).toBe(404);
  const response = await fetch(`${server.url}/artifacts/${hashOf('good')}`);
  expect(await response.text()).toBe('the weights of good');
  const { adapter } = await server.query(`{ adapter(name: "kept") { ${ADAPTER} } }`);
  expect(adapter.versions[0]).toMatchObject({
    runId: 'good',
    gate: { verdict: 'ship' },
    files: [{ sha256: hashOf('good') }],
  });
});
