import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { ApiClient } from '../../src/api-client/api-client.js';
import {
  ClaimTrialDocument,
  CreateSweepDocument,
  DescribeRunDocument,
  FinishTrialDocument,
  RegisterWorkerDocument,
  ReportProgressDocument,
} from '../../src/api-client/operations.generated.js';
import { type RunningServer, startServer } from '../../src/main.js';

const PAGE = readFileSync('docs/graphql.md', 'utf8');
const CONTENT_HASH = 'c'.repeat(64);
const yaml =
  'name: page\nmethod: grid\nmetric: {name: in_domain/loss, goal: minimize}\ncommand: [x]\nparameters: {rank: {values: [1, 2]}}\n';

let server: RunningServer;
let environment: Record<string, string>;
const runIds: string[] = [];

function blocksUnder(heading: string, language: string): string[] {
  const start = PAGE.indexOf(heading);
  const end = PAGE.indexOf('\n## ', start + 1);
  const section = PAGE.slice(start, end < 0 ? undefined : end);
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text]) => text!,
  );
}

/** The server is in this process, so the block must not block it. */
async function run(program: string, code: string): Promise<string> {
  const { spawn } = await import('node:child_process');
  const child = spawn(program, ['-c', code], { env: { ...process.env, ...environment } });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (errors += text));
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect({ status, errors }).toEqual({ status: 0, errors: '' });
  return output;
}

async function recordRun(client: ApiClient, workerId: string, loss: number): Promise<string> {
  const { claimTrial } = await client.request(ClaimTrialDocument, { input: { workerId } });
  const [runId, leaseToken] = [claimTrial.run!.id, claimTrial.leaseToken!];
  const set = { use: 'train', path: 'a.jsonl', name: 'a.jsonl', examples: 9, bytes: 99 };
  const datasets = [{ ...set, contentHash: CONTENT_HASH, canonicalHash: 'd'.repeat(64) }];
  const provenance = { git: { commit: 'e'.repeat(40), dirty: false } };
  await client.request(DescribeRunDocument, { input: { runId, leaseToken, provenance, datasets } });
  const point = (metric: string, step: number, value: number) => ({ metric, step, value, time: 1e12 + step });
  const points = [point('train/loss', 1, 5), point('train/loss', 2, 4.5), point('in_domain/loss', 2, loss)];
  await client.request(ReportProgressDocument, { input: { runId, leaseToken, batch: 1, points } });
  const score = { datasetHash: 'f'.repeat(64), items: 5, baseLoss: 6, bitsPerByte: 2, baseBitsPerByte: 3 };
  const evaluations = [
    { ...score, name: 'in', role: 'in_domain' as const, loss, tokens: 10 },
    { ...score, name: 'far', role: 'out_of_domain' as const, loss: 8, tokens: 30 },
    { ...score, name: 'farther', role: 'out_of_domain' as const, loss: 4, tokens: 10 },
  ];
  const input = { runId, leaseToken, state: 'finished' as const, evaluations };
  await client.request(FinishTrialDocument, { input });
  return runId;
}

/** Servers start slowly on a machine that does other things. */
jest.setTimeout(60_000);

beforeAll(async () => {
  server = await startServer({ port: 0, dataFolder: mkdtempSync(join(tmpdir(), 'ranksweep-page-')) });
  const client = new ApiClient(server.url);
  const { createSweep } = await client.request(CreateSweepDocument, { input: { yaml } });
  const worker = { name: 'test', host: 'test', device: {} };
  const { registerWorker } = await client.request(RegisterWorkerDocument, { input: worker });
  for (const loss of [3, 2]) runIds.push(await recordRun(client, registerWorker.id, loss));
  environment = { RANKSWEEP_URL: server.url, SWEEP: createSweep.id, RUN: runIds[0]!, DATASET: CONTENT_HASH };
});

afterAll(() => server?.close());

// biome-ignore lint/suspicious/noExplicitAny: answers have as many shapes as there are questions
const CASES: [string, (answer: any) => void, () => string[]][] = [
  [
    '## The best runs of a sweep',
    ({ runs }) => expect(runs.items.map(({ id }: { id: string }) => id)).toEqual([runIds[1], runIds[0]]),
    () => [`${runIds[1]} 2\n${runIds[0]} 3\n`],
  ],
  [
    '## The curves of a run',
    ({ run: { series } }) =>
      expect(series).toEqual([
        {
          name: 'train/loss',
          count: 2,
          exact: true,
          steps: [1, 2],
          values: [5, 4.5],
          minimums: null,
          maximums: null,
        },
      ]),
    () => ['train/loss 2 points, last (2, 4.5)\n'],
  ],
  [
    '## All runs on a dataset',
    ({ runs, dataset }) => {
      expect(dataset).toEqual({ name: 'a.jsonl', examples: 9 });
      expect(runs.total).toBe(2);
    },
    () => ['a.jsonl was read by 2 runs\n', ...runIds.map((id) => `${id} finished ['train']`)],
  ],
  [
    '## In-domain against out-of-domain',
    ({ runs }) =>
      expect(runs.items.map((r: { evaluations: unknown[] }) => r.evaluations.length)).toEqual([3, 3]),
    () => [`${runIds[0]} 3.0 7.0`, `${runIds[1]} 2.0 7.0`],
  ],
  [
    "## A run's manifest",
    ({ run: manifest }) => {
      expect(manifest).toMatchObject({ id: runIds[0], state: 'finished', config: { rank: 1 } });
      expect(manifest.datasets[0].dataset.contentHash).toBe(CONTENT_HASH);
    },
    () => [`'commit': '${'e'.repeat(40)}'`],
  ],
];

describe('docs/graphql.md', () => {
  const hasPython = spawnSync('python3', ['--version']).status === 0;
  if (!hasPython && process.env.CI) throw new Error('CI needs python3 for the page’s Python blocks');
  if (!hasPython)
    console.warn('SKIPPED: python3 is not here, so the Python blocks of docs/graphql.md were not run');

  it('has both forms of each of its five questions', () => {
    expect(PAGE.match(/^## /gm)).toHaveLength(CASES.length);
    for (const [heading] of CASES) {
      for (const language of ['sh', 'python']) expect(blocksUnder(heading, language)).toHaveLength(1);
    }
  });

  it.each(CASES)('answers in a shell: %s', async (heading, check) => {
    const { data, errors } = JSON.parse(await run('bash', blocksUnder(heading, 'sh')[0]!));
    expect(errors).toBeUndefined();
    check(data);
  });

  (hasPython ? it : it.skip).each(CASES)('answers in Python: %s', async (heading, _check, lines) => {
    const ask = blocksUnder('# Ask from a notebook', 'python')[0]!;
    const printed = await run('python3', `${ask}\n${blocksUnder(heading, 'python')[0]}`);
    for (const line of lines()) expect(printed).toContain(line);
  });
});

describe('docs/queries.md', () => {
  const QUERIES = readFileSync('docs/queries.md', 'utf8');
  const blocks = (language: string) =>
    [...QUERIES.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text!);
  const variables = () => ({ runs: runIds, sweep: environment.SWEEP });

  it('every query has an answer', async () => {
    const queries = blocks('graphql').filter((text) => !text.startsWith('subscription'));
    expect(queries.length).toBeGreaterThan(5);
    for (const query of queries) {
      const body = JSON.stringify({ query, variables: variables() });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body });
      const { errors } = (await answer.json()) as { errors?: unknown };
      expect(errors).toBeUndefined();
    }
  });

  it('every subscription has a first news, or waits for one', async () => {
    const subscriptions = blocks('graphql').filter((text) => text.startsWith('subscription'));
    expect(subscriptions).toHaveLength(3);
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
    });
    for (const query of subscriptions.filter((text) => !text.includes('runUpdates'))) {
      const stream = client.iterate({ query, variables: variables() });
      const { value } = await stream.next();
      expect(value).toMatchObject({ data: expect.anything() });
      await stream.return?.();
    }
    await client.dispose();
  });

  it('the doors give the tables that the page shows', async () => {
    const [runs, series] = blocks('sh');
    expect((await run('bash', runs!)).split('\r\n')).toEqual([
      'id,config.rank,metric.in_domain/loss,metric.train/loss:best',
      ...[`${runIds[0]},1,3,4.5`, `${runIds[1]},2,2,4.5`].sort(),
      '',
    ]);
    const lines = (await run('bash', series!)).split('\r\n');
    expect(lines[0]).toBe('run,metric,step,value,time');
    expect(lines).toHaveLength(1 + 4 + 1);
  });
});
