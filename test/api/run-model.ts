import fc from 'fast-check';
import type { TestServer } from './test-server.js';
import { point, TestWorker } from './test-worker.js';

/** A run as a test thinks of it: what it was given, and the points in their order. */
export interface ModelRun {
  id: string;
  name: string;
  state: string;
  config: Record<string, unknown>;
  tags: Record<string, string>;
  points: { metric: string; step: number; value: number }[];
}

export interface Condition {
  path: string;
  op: string;
  value?: unknown;
}
export interface Filter {
  where?: Condition[];
  and?: Filter[];
  or?: Filter[];
  not?: Filter;
}

const SPECIAL: Record<string, number> = { NaN: Number.NaN, Infinity, '-Infinity': -Infinity };
const RANKS = [1, 2, 4, 8];
const OPTIMIZERS = ['adamw', 'sgd', 'Lion_1%', ''];
const VALUES = [0.5, 1, 1.5, 2, -1, 'NaN', 'Infinity', '-Infinity'];
/** of one run's loss: four steps, the last of them logged twice */
const STEPS = [1, 2, 3, 10, 10];

/** A small world of runs with every kind of value, and with values missing, from a seed. */
export async function recordRuns(server: TestServer, count: number, project: string): Promise<ModelRun[]> {
  const worker = await TestWorker.register(server);
  const random = fc.sample(fc.array(fc.nat(1000), { minLength: 16, maxLength: 16 }), {
    numRuns: count,
    seed: 6,
  });
  const runs: ModelRun[] = [];
  for (const [i, numbers] of random.entries()) {
    server.clock.advance(1000);
    runs.push(await recordRun(server, worker, modelOf(i, numbers), project));
  }
  return runs;
}

function modelOf(i: number, [a, b, c, d, e, ...rest]: number[]): ModelRun {
  const config: Record<string, unknown> = {
    lora: { rank: RANKS[a! % 4], targets: a! % 2 ? ['q'] : ['q', 'v'] },
  };
  if (b! % 5 > 0) config.optimizer = { name: OPTIMIZERS[b! % 4], rate: (c! % 10) / 10 };
  if (c! % 3 > 0) config.mixed = [true, 'true', 1, null][c! % 4];
  const points = STEPS.map((step, k) => ({
    metric: 'loss',
    step,
    value: numberOf(VALUES[rest[k]! % VALUES.length]),
  }));
  const accuracy = { metric: 'accuracy', step: 1, value: (rest[5]! % 4) / 4 };
  return {
    ...{ id: '', name: `run ${i}`, state: d! % 4 === 0 ? 'failed' : 'finished', config },
    tags: e! % 3 === 0 ? {} : { team: ['red', 'blue'][e! % 2]! },
    points: [...(d! % 6 > 0 ? points : []), ...(e! % 7 > 0 ? [accuracy] : [])],
  };
}

async function recordRun(
  server: TestServer,
  worker: TestWorker,
  run: ModelRun,
  project: string,
): Promise<ModelRun> {
  const claim = await worker.open({ name: run.name, config: run.config, project });
  const id = claim.run!.id;
  const sent = run.points.map(({ metric, step, value }, i) => ({
    ...point(metric, step, json(value)),
    time: 1000 + i,
  }));
  await worker.report(claim, 1, sent);
  const tags = Object.entries(run.tags).map(([key, value]) => ({ key, value }));
  const annotate = 'mutation ($input: AnnotateRunInput!) { annotateRun(input: $input) { id } }';
  if (tags.length > 0) await server.query(annotate, { input: { runId: id, tags } });
  await worker.finish(claim, run.state);
  return { ...run, id };
}

/** What a path is worth, the plainest way: undefined where the run has nothing there. */
export function worth(run: ModelRun, path: string): unknown {
  const [head, rest] = [path.slice(0, path.indexOf('.')), path.slice(path.indexOf('.') + 1)];
  if (head === 'config') return rest.split('.').reduce(below, run.config as unknown) ?? undefined;
  if (head === 'tag') return run.tags[rest];
  if (head !== 'metric') return (run as unknown as Record<string, unknown>)[path];
  const [name, part = 'last'] = rest.split(':') as [string, string?];
  return metricWorth(
    run.points.filter(({ metric }) => metric === name),
    part,
  );
}

function below(value: unknown, key: string): unknown {
  return (value as Record<string, unknown> | undefined)?.[key];
}

function metricWorth(points: ModelRun['points'], part: string): number | undefined {
  if (points.length === 0) return undefined;
  const values = points.map(({ value }) => value);
  const numbers = values.filter((value) => !Number.isNaN(value));
  const finite = values.filter(Number.isFinite);
  const mean = (of: number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;
  if (part === 'last') return values.at(-1);
  if (part === 'min') return numbers.length ? Math.min(...numbers) : Number.NaN;
  if (part === 'max') return numbers.length ? Math.max(...numbers) : Number.NaN;
  if (part === 'mean') return mean(numbers);
  if (part === 'best') return finite.length ? Math.min(...finite) : undefined;
  if (part === 'best(maximize)') return finite.length ? Math.max(...finite) : undefined;
  const [from, to = from] = [...part.matchAll(/\d+/g)].map(Number) as [number, number?];
  const within = points.filter(({ step }) => step >= from && step <= to!).map(({ value }) => value);
  if (within.length === 0) return undefined;
  return part.startsWith('at') ? within.at(-1) : mean(within.filter((value) => !Number.isNaN(value)));
}

export function passes(run: ModelRun, { where, and, or, not }: Filter): boolean {
  return (
    (where ?? []).every((condition) => holds(worth(run, condition.path), condition)) &&
    (and ?? []).every((part) => passes(run, part)) &&
    (or === undefined || or.some((part) => passes(run, part))) &&
    (not === undefined || !passes(run, not))
  );
}

function holds(value: unknown, { path, op, value: wanted }: Condition): boolean {
  const isMetric = path.startsWith('metric.');
  const equals = (one: unknown) => {
    const number = isMetric && typeof one === 'string' ? (SPECIAL[one] ?? one) : one;
    return one === null ? value === undefined : Object.is(value, number) || value === number;
  };
  if (op === 'exists') return (value !== undefined) === wanted;
  if (op === 'eq') return equals(wanted);
  if (op === 'ne') return value !== undefined && !equals(wanted);
  if (op === 'in') return (wanted as unknown[]).some(equals);
  if (op === 'contains')
    return typeof value === 'string' && value.toLowerCase().includes((wanted as string).toLowerCase());
  if (typeof value !== typeof wanted || (isMetric && !Number.isFinite(value))) return false;
  const [a, b] = [value as number, wanted as number];
  return op === 'lt' ? a < b : op === 'le' ? a <= b : op === 'gt' ? a > b : a >= b;
}

export function numberOf(json: unknown): number {
  return typeof json === 'string' ? SPECIAL[json]! : (json as number);
}

function json(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

const paths = fc.constantFrom(
  ...['config.lora.rank', 'config.optimizer.name', 'config.optimizer.rate', 'config.mixed', 'config.none'],
  ...['config.optimizer', 'metric.loss', 'metric.loss:best', 'metric.loss:best(maximize)', 'metric.loss:min'],
  ...[
    'metric.loss:max',
    'metric.loss:mean',
    'metric.loss:at(3)',
    'metric.loss:at(10)',
    'metric.loss:mean(2,3)',
  ],
  ...['metric.accuracy', 'metric.none', 'tag.team', 'tag.none', 'name', 'state'],
);
const scalars = fc.constantFrom(
  ...[...RANKS, 0.1, 0.5, 1.5, -1, 0.75, 'adamw', 'sgd', 'lion_1%', '', 'true', 'red', 'failed', 'run 7'],
  ...['NaN', 'Infinity', '-Infinity', true, false],
);
const numbersOrTexts = scalars.filter((value) => typeof value !== 'boolean');
const conditions: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ path: paths, op: fc.constantFrom('eq', 'ne'), value: fc.option(scalars) }),
  fc.record({ path: paths, op: fc.constantFrom('lt', 'le', 'gt', 'ge'), value: numbersOrTexts }),
  fc.record({ path: paths, op: fc.constant('in'), value: fc.array(fc.option(scalars), { maxLength: 3 }) }),
  fc.record({
    path: paths,
    op: fc.constant('contains'),
    value: fc.constantFrom('a', 'ION_', '%', 'run 1', ''),
  }),
  fc.record({ path: paths, op: fc.constant('exists'), value: fc.boolean() }),
);

/** Filters of every shape, three within each other, over the paths and values of the world above. */
export const filters: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ where: fc.tuple(conditions) }),
  filtersOfDepth(2).filter((filter) => size(filter) <= 50),
);

function size({ where, and, or, not }: Filter): number {
  const parts = [...(and ?? []), ...(or ?? []), ...(not ? [not] : [])];
  return parts.reduce((sum, part) => sum + size(part), where?.length ?? 0);
}

function filtersOfDepth(depth: number): fc.Arbitrary<Filter> {
  const where = fc.array(conditions, { minLength: 1, maxLength: 2 });
  if (depth === 0) return fc.record({ where });
  const part = filtersOfDepth(depth - 1);
  const parts = fc.array(part, { maxLength: 2 });
  return fc.record({ where, and: parts, or: parts, not: part }, { requiredKeys: [] });
}
export const orderPaths = paths;
