import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  buildSchema,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { GRAPHQL_RULES } from '../../src/access/access-rules.js';
import { HTTP_RULES, httpRule } from '../../src/access/http-rules.js';
import { startServer } from '../../src/main.js';
import { FakeClock, startTestServer, type TestServer } from './test-server.js';

// biome-ignore lint/suspicious/noExplicitAny: answers have as many shapes as there are questions
type Answer = any;

const SCHEMA = buildSchema(readFileSync(new URL('../../schema.gql', import.meta.url), 'utf8'));
/** stands in the name, config and tags of everything of the other project */
const MARK = 'kept-from-others';
const YAML =
  'method: random\nrun_cap: 1\nmetric: {name: loss, goal: minimize}\nparameters: {x: {min: 0.0, max: 1.0}}\ncommand: [echo, x]\n';

let server: TestServer;
let app: INestApplication;
const dataFolder = mkdtempSync(join(tmpdir(), 'ranksweep-access-'));
const secrets: Record<string, string> = {};
const ids: Record<'mine' | 'other', { run: string; sweep: string; project: string }> = {} as never;
const file = Buffer.from(MARK);
const sha256 = createHash('sha256').update(file).digest('hex');

const RECORD = 'mutation ($input: RecordRunInput!) { recordRun(input: $input) { run { id } } }';
const CREATE = 'mutation ($input: CreateTokenInput!) { createToken(input: $input) { secret token { id } } }';

async function fill(open: TestServer, of: 'mine' | 'other'): Promise<void> {
  const mark = of === 'other' ? MARK : 'open';
  const run = `run-of-${of}`;
  const config = { mark };
  await open.query(RECORD, {
    input: { id: run, name: mark, project: of, config, tags: [{ key: 'mark', value: mark }] },
  });
  await fetch(`${open.url}/api/runs/${run}/points`, {
    method: 'POST',
    body: JSON.stringify({ series: [{ metric: `loss-${mark}`, steps: [1], values: [1], times: 1 }] }),
  });
  const { createSweep } = await open.query(
    'mutation ($input: CreateSweepInput!) { createSweep(input: $input) { id project { id } } }',
    { input: { yaml: `name: ${mark}\n${YAML}`, project: of } },
  );
  ids[of] = { run, sweep: createSweep.id, project: createSweep.project.id };
}

beforeAll(async () => {
  const open = await startTestServer({ dataFolder, databaseUrl: undefined });
  await fill(open, 'mine');
  await fill(open, 'other');
  await fetch(`${open.url}/artifacts/${sha256}`, { method: 'PUT', body: file });
  const artifacts = [{ name: 'file', sha256, bytes: file.length }];
  await open.query(RECORD, { input: { id: ids.other.run, project: 'other', artifacts } });
  const grants = { reader: ['read', ['mine']], writer: ['write', ['mine']], owner: ['admin', null] } as const;
  for (const [name, [role, projects]] of Object.entries(grants)) {
    const { createToken } = await open.query(CREATE, { input: { name, role, projects } });
    secrets[name] = createToken.secret;
  }
  const { createToken } = await open.query(CREATE, { input: { name: 'short', role: 'read', days: 1 } });
  secrets.short = createToken.secret;
  await open.stop();
  const created = jest.spyOn(NestFactory, 'create');
  server = await startTestServer({ dataFolder, databaseUrl: undefined, requireToken: true });
  app = (await created.mock.results[0]!.value) as INestApplication;
});
afterAll(async () => {
  await server.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

/** @param who whose token is sent; null: none */
async function ask(who: string | null, method: string, path: string, body?: unknown) {
  const authorization: Record<string, string> =
    who === null ? {} : { authorization: `Bearer ${secrets[who] ?? who}` };
  const response = await fetch(server.url + path, {
    method,
    headers: { ...authorization, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

async function graphql(who: string | null, query: string, variables: object = {}): Promise<Answer> {
  return JSON.parse((await ask(who, 'POST', '/graphql', { query, variables })).text);
}
const codeOf = (answer: Answer) => answer.errors?.[0].extensions.code;

describe('every field of the API', () => {
  const fields = (['Query', 'Mutation'] as const).flatMap((type) =>
    Object.values((SCHEMA.getType(type)!.toConfig() as Answer).fields as Record<string, Answer>).map(
      (field) => ({
        ...{ type, field },
      }),
    ),
  );

  /** A value of a type in which everything that can name something names the other project's. */
  function exampleOf(type: GraphQLInputType, name: string, about: string): unknown {
    if (isNonNullType(type)) return exampleOf(type.ofType, name, about);
    if (isListType(type)) return [exampleOf(type.ofType, name, about)];
    if (isEnumType(type)) return type.getValues()[0]!.value;
    if (isInputObjectType(type)) return objectOf(type, about);
    const known: Record<string, unknown> = {
      yaml: YAML,
      project: 'other',
      sweepId: ids.other.sweep,
      paths: 'config.mark',
      by: 'config.mark',
      score: 'loss',
    };
    if (name in known) return known[name];
    const texts = { ID: idOf(name, about), String: 'x', JSON: {}, Instant: '2026-01-01T00:00:00.000Z' };
    return (texts as Record<string, unknown>)[type.toString()] ?? (type.toString() === 'Boolean' ? false : 1);
  }
  function objectOf(type: Answer, about: string): object {
    const parts = Object.entries(type.getFields() as Record<string, Answer>).filter(
      ([name, { type: of }]) => isNonNullType(of) || ['project', 'sweepId'].includes(name),
    );
    return Object.fromEntries(parts.map(([name, { type: of }]) => [name, exampleOf(of, name, about)]));
  }
  function idOf(name: string, about: string): string {
    if (/dataset|hash|key/i.test(name)) return 'a'.repeat(64);
    return /sweep/i.test(about) && name === 'id' ? ids.other.sweep : ids.other.run;
  }

  function operationOf(type: string, field: Answer) {
    const args = Object.entries(field.args as Record<string, Answer>).filter(
      ([, arg]) => isNonNullType(arg.type) && arg.defaultValue === undefined,
    );
    const name = field.astNode.name.value as string;
    const declared = args.map(([key, arg]) => `$${key}: ${arg.type}`).join(', ');
    const passed = args.map(([key]) => `${key}: $${key}`).join(', ');
    const text = `${type.toLowerCase()}${declared && `(${declared})`} { ${name}${passed && `(${passed})`} ${selectionOf(field.type)} }`;
    return {
      name,
      text,
      variables: Object.fromEntries(args.map(([key, arg]) => [key, exampleOf(arg.type, key, name)])),
    };
  }

  /** Two levels of what needs no argument. */
  function selectionOf(type: Answer, depth = 3): string {
    if (isNonNullType(type) || isListType(type)) return selectionOf(type.ofType, depth);
    if (!isObjectType(type)) return '';
    if (depth === 0) return '{ __typename }';
    const plain = Object.values(type.getFields()).filter(({ args }) =>
      args.every(({ type: of, defaultValue }) => !isNonNullType(of) || defaultValue !== undefined),
    );
    return `{ ${plain.map((one) => `${one.name} ${selectionOf(one.type, depth - 1)}`).join(' ')} }`;
  }

  test('has a rule, and changes need more than reading', () => {
    const subscriptions = Object.keys(SCHEMA.getSubscriptionType()!.getFields());
    const names = [...fields.map(({ field }) => field.astNode.name.value), ...subscriptions];
    expect(Object.keys(GRAPHQL_RULES).sort()).toEqual(names.sort());
    for (const name of Object.keys(SCHEMA.getMutationType()!.getFields())) {
      expect([name, GRAPHQL_RULES[name]!.role]).not.toEqual([name, 'read']);
    }
  });

  test('says nothing without a token, and nothing of another project', async () => {
    const overview =
      '{ projects { name runCount sweepCount } sweeps { items { state trialCounts edits } } runs { items { id name state tags } } }';
    const before = await graphql('owner', overview);
    expect(JSON.stringify(before)).toContain(MARK);
    const own = new Set(['registerWorker', 'recordProbes']);
    for (const { type, field } of fields) {
      const { name, text, variables } = operationOf(type, field);
      expect([name, codeOf(await graphql(null, text, variables))]).toEqual([name, 'UNAUTHENTICATED']);
      const answer = await graphql(type === 'Query' ? 'reader' : 'writer', text, variables);
      expect([name, JSON.stringify(answer).includes(MARK), codeOf(answer)]).not.toEqual([
        name,
        true,
        undefined,
      ]);
      expect(JSON.stringify(answer.data ?? {})).not.toContain(MARK);
      if (type === 'Mutation' && !own.has(name))
        expect([name, codeOf(answer)]).toEqual([name, expect.stringMatching(/^(FORBIDDEN|NOT_FOUND)$/)]);
      if (codeOf(answer) !== undefined)
        expect([name, codeOf(answer)]).toEqual([name, expect.stringMatching(/^(FORBIDDEN|NOT_FOUND)$/)]);
    }
    expect(await graphql('owner', overview)).toEqual(before);
  });
});

describe('every route', () => {
  /** As the router has them: pattern, and a method that it answers. */
  function routes(): { method: string; path: string }[] {
    const { stack } = (app.getHttpAdapter().getInstance() as Answer).router;
    return stack.flatMap(({ route }: Answer) => {
      if (!route) return [];
      const methods = Object.keys(route.methods).map((method) => method.toUpperCase());
      const method = methods.length > 5 ? 'GET' : methods[0]!;
      return [route.path].flat().map((path: string) => ({ method, path }));
    });
  }

  test('has a rule', () => {
    const all = routes();
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter(({ method, path }) => httpRule(method, path) === undefined)).toEqual([]);
    const known = new Set(all.map(({ method, path }) => httpRule(method, path)));
    expect(
      Object.entries(HTTP_RULES)
        .filter(([, rule]) => !known.has(rule))
        .map(([name]) => name),
    ).toEqual([]);
  });

  test('says nothing without a token, and nothing of another project', async () => {
    for (const { method, path } of routes()) {
      const rule = httpRule(method, path)!;
      if (rule.isPublic) continue;
      const { address, body } = aboutOther(method, path);
      const where = `${method} ${address}`;
      expect([where, (await ask(null, method, address, body)).status]).toEqual([where, 401]);
      const { status, text } = await ask(rule.role === 'read' ? 'reader' : 'writer', method, address, body);
      const isRefused = status === 403 || status === 404;
      const mayAnswer = rule.where === 'anywhere';
      expect([where, text.includes(MARK), isRefused || mayAnswer]).toEqual([where, false, true]);
    }
  });

  /** A request that names the other project's things wherever it can. */
  function aboutOther(method: string, path: string) {
    const { run, project } = ids.other;
    const names = { run_id: run, experiment_id: project, experiment_name: 'other' };
    const filled = path
      .replace(':sha256', sha256)
      .replace('*path', `${project}/${run}/artifacts/file`)
      .replace(':id', run)
      .replace(':key', 'k')
      .replace(/^\/?/, '/');
    const query = new URLSearchParams(path.includes('mlflow') ? { ...names, run_ids: run } : {});
    if (path.includes('mlflow-artifacts')) query.set('path', `${project}/${run}/artifacts`);
    if (path.startsWith('/artifacts')) query.set('run', run);
    const address = `${filled}?${query}`;
    const body = method === 'GET' ? undefined : { ...names, experiment_ids: [project], name: 'x' };
    return { address, body };
  }
});

describe('a token', () => {
  const POINT = (run: string) => ({ run_id: run, key: 'loss', value: 1, timestamp: 5, step: 2 });
  const own = (path: string) => `/api/2.0/mlflow/${path}`;

  test('that reads sees its own project in every list and table', async () => {
    const lists =
      '{ projects { name } sweeps { total items { name } } runs { total items { id } } runKeys { metricNames } runFacets(paths: ["config.mark"]) { values { value } } runGroups(by: ["config.mark"]) { total } }';
    const { data } = await graphql('reader', lists);
    expect(data).toEqual({
      projects: [{ name: 'mine' }],
      sweeps: { total: 1, items: [{ name: 'open' }] },
      runs: { total: 1, items: [{ id: 'run-of-mine' }] },
      runKeys: { metricNames: ['loss-open'] },
      runFacets: [{ values: [{ value: 'open' }] }],
      runGroups: { total: 1 },
    });
    const sneaking = '{ runs(filter: { or: [{ project: "other" }, { project: "mine" }] }) { items { id } } }';
    expect((await graphql('reader', sneaking)).data.runs.items).toEqual([{ id: 'run-of-mine' }]);
    for (const table of ['runs.csv', 'series.csv']) {
      const { status, text } = await ask('reader', 'GET', `/api/${table}`);
      expect([status, text.includes('run-of-mine'), text.includes('run-of-other')]).toEqual([
        200,
        true,
        false,
      ]);
    }
    const { experiments } = JSON.parse(
      (await ask('reader', 'POST', own('experiments/search'), { max_results: 10 })).text,
    );
    expect(experiments.map(({ name }: { name: string }) => name)).toEqual(['mine']);
  });

  test('that reads does not write, and the answer names what is missing', async () => {
    const answer = await graphql('reader', 'mutation { deleteRuns(ids: ["run-of-mine"]) { id } }');
    expect(answer.errors[0]).toMatchObject({
      message: 'the token "reader" lacks the role write where the run "run-of-mine" is',
      extensions: { code: 'FORBIDDEN' },
    });
    expect((await ask('reader', 'POST', own('runs/log-metric'), POINT('run-of-mine'))).status).toBe(403);
    expect((await ask('reader', 'POST', '/api/runs/run-of-mine/points', { series: [] })).status).toBe(403);
  });

  test('that writes does so in its project through each door, and finds no words that tell of others', async () => {
    expect((await ask('writer', 'POST', own('runs/log-metric'), POINT('run-of-mine'))).status).toBe(200);
    const basic = `Basic ${Buffer.from(`anyone:${secrets.writer}`).toString('base64')}`;
    const body = JSON.stringify(POINT('run-of-mine'));
    const sent = await fetch(server.url + own('runs/log-metric'), {
      method: 'POST',
      headers: { authorization: basic },
      body,
    });
    expect(sent.status).toBe(200);
    const recorded = (project: string) =>
      graphql('writer', RECORD, { input: { id: `new-in-${project}`, project } });
    expect((await recorded('mine')).data.recordRun.run.id).toBe('new-in-mine');
    const words = async (project: string) =>
      (await recorded(project)).errors[0].message.replace(project, 'P');
    expect(await words('other')).toBe(await words('never-made'));
    const run = async (id: string) =>
      (await graphql('writer', `{ run(id: "${id}") { id } }`)).errors[0].message.replace(id, 'ID');
    expect(await run('run-of-other')).toBe(await run('run-of-nobody'));
    const claim =
      'mutation ($worker: ID!, $sweep: ID) { claimTrial(input: { workerId: $worker, sweepId: $sweep }) { idle trial { id } } }';
    const { data } = await graphql(
      'writer',
      'mutation { registerWorker(input: {name: "w", host: "h", device: {}}) { id } }',
    );
    const worker = data.registerWorker.id;
    expect(codeOf(await graphql('writer', claim, { worker }))).toBe('FORBIDDEN');
    expect(codeOf(await graphql('writer', claim, { worker, sweep: ids.other.sweep }))).toBe('NOT_FOUND');
    expect(
      (await graphql('writer', claim, { worker, sweep: ids.mine.sweep })).data.claimTrial.trial,
    ).not.toBeNull();
  });

  test('opens subscriptions, in the parameters of the connection', async () => {
    const first = async (token: string | undefined, query: string) => {
      const url = `${server.url.replace('http', 'ws')}/graphql`;
      const connectionParams = token === undefined ? {} : { token };
      const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams });
      const stream = client.iterate({ query });
      try {
        return (await stream.next()).value as Answer;
      } finally {
        await stream.return?.();
        await client.dispose();
      }
    };
    await expect(first(undefined, 'subscription { runUpdates { runs { id } } }')).rejects.toMatchObject({
      code: 4403,
    });
    await expect(first('rks_wrong', 'subscription { runUpdates { runs { id } } }')).rejects.toMatchObject({
      code: 4403,
    });
    const news = await first(
      secrets.reader,
      'subscription { runUpdates(after: "2020-01-01T00:00:00.000Z") { runs { name } } }',
    );
    expect(JSON.stringify(news)).toContain('open');
    expect(JSON.stringify(news)).not.toContain(MARK);
    const hidden = await first(
      secrets.reader,
      'subscription { seriesUpdates(runIds: ["run-of-other"]) { cursor } }',
    );
    expect(codeOf(hidden)).toBe('NOT_FOUND');
  });

  test('is made for less than its maker has, listed without its secret, and revoked', async () => {
    expect(codeOf(await graphql('writer', CREATE, { input: { name: 'more', role: 'read' } }))).toBe(
      'FORBIDDEN',
    );
    const wrong = await graphql('owner', CREATE, {
      input: { name: '', role: 'root', days: -1, projects: [] },
    });
    expect(wrong.errors[0].extensions.problems.map(({ field }: Answer) => field)).toEqual([
      'name',
      'role',
      'days',
      'projects',
    ]);
    const made = (
      await graphql('owner', CREATE, { input: { name: 'lead', role: 'admin', projects: ['mine'] } })
    ).data.createToken;
    secrets.lead = made.secret;
    expect(
      codeOf(
        await graphql('lead', CREATE, { input: { name: 'too much', role: 'read', projects: ['other'] } }),
      ),
    ).toBe('FORBIDDEN');
    const listed = await graphql('lead', '{ tokens { name projectIds } }');
    expect(listed.data.tokens.map(({ name }: Answer) => name).sort()).toEqual(['lead', 'reader', 'writer']);
    expect((await graphql('lead', '{ projects { name } }')).data.projects).toEqual([{ name: 'mine' }]);
    await graphql('owner', `mutation { revokeToken(id: "${made.token.id}") { revokedAt } }`);
    expect(codeOf(await graphql('lead', '{ projects { name } }'))).toBe('UNAUTHENTICATED');
  });

  test('expires, and wrong ones have to wait after twenty tries while good ones do not', async () => {
    expect((await graphql('short', '{ projects { name } }')).errors).toBeUndefined();
    server.clock.advance(86_400_000);
    expect(codeOf(await graphql('short', '{ projects { name } }'))).toBe('UNAUTHENTICATED');
    server.clock.advance(60_000);
    const { length } = secrets.owner!;
    const almost = secrets.owner!.slice(0, length - 1) + (secrets.owner!.endsWith('A') ? 'B' : 'A');
    for (let i = 0; i < 20; i++) expect((await ask(almost, 'GET', '/api/runs.csv')).status).toBe(401);
    expect((await ask(almost, 'GET', '/api/runs.csv')).status).toBe(429);
    server.clock.advance(60_000);
    expect((await ask('owner', 'GET', '/api/runs.csv')).status).toBe(200);
  });

  test('is nowhere in the data folder', () => {
    const files = readdirSync(dataFolder, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    const texts = files.map((one) => readFileSync(join(one.parentPath, one.name)).toString('latin1'));
    expect(texts.length).toBeGreaterThan(1);
    for (const secret of Object.values(secrets)) {
      const rest = secret.slice(secret.indexOf('_', 4) + 1);
      expect(texts.some((text) => text.includes(rest))).toBe(false);
    }
  });
});

test('a server is not opened to others without a token', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ranksweep-access-'));
  const start = startServer({ port: 0, dataFolder: folder, host: '0.0.0.0', clock: new FakeClock() });
  await expect(start).rejects.toThrow(/no token in the database.*token create/);
  rmSync(folder, { recursive: true });
});
