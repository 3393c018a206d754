import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RandomStream } from '../../src/core/random.js';
import { LEASE_MS, startTestServer, type TestServer } from './test-server.js';
import { type Claim, point, TestWorker } from './test-worker.js';

let server: TestServer;
let workers: TestWorker[];
beforeAll(async () => {
  server = await startTestServer();
  workers = await Promise.all(['a', 'b', 'c'].map((name) => TestWorker.register(server, name)));
});
afterAll(() => server.close());

const YAML = `method: grid
program: t.py
metric: {name: loss}
parameters: {rank: {values: [1, 2, 3]}, rate: {values: [0.1, 0.2]}}
`;
const SWEEP = `query ($id: ID!) { sweep(id: $id) { state trialCounts
  trials { number state parameters objective attempts runs { id state } } } }`;

interface Trial {
  number: number;
  state: string;
  parameters: unknown;
  objective: number | null;
  attempts: number;
  runs: { id: string; state: string }[];
}

/** Workers that claim, report, fall silent, hand back and finish in a random order, old tokens included. */
class Chaos {
  private readonly random: RandomStream;
  /** every claim that was ever given, with its worker: the old ones too */
  private readonly claims: { claim: Claim; worker: TestWorker; batch: number }[] = [];
  /** trial number → how many ends were accepted */
  readonly ends = new Map<number, number>();

  constructor(
    seed: number,
    private readonly sweepId: string,
  ) {
    this.random = new RandomStream(seed, 'chaos');
  }

  async step(): Promise<void> {
    const action = this.random.nextInt(10);
    if (action < 4) await this.claimTogether(1 + this.random.nextInt(3));
    else if (action === 4) server.clock.advance(this.random.nextInt(2) === 0 ? LEASE_MS / 3 : LEASE_MS + 1);
    else if (action < 7) await this.withAnyClaim((held) => held.worker.report(held.claim, ++held.batch));
    else await this.withAnyClaim((held) => this.finish(held, action === 7 ? 'lost' : 'finished'));
  }

  async drain(): Promise<void> {
    for (let silent = 0; silent < 5; ) {
      server.clock.advance(LEASE_MS + 1);
      const claim = await workers[0]!.claim(this.sweepId);
      if (claim.trial === null) silent++;
      else await this.finish({ claim, worker: workers[0]!, batch: 0 }, 'finished');
    }
  }

  private async claimTogether(count: number): Promise<void> {
    const asking = workers.slice(0, count);
    const given = await Promise.all(asking.map((worker) => worker.claim(this.sweepId)));
    const trials = given.flatMap(({ trial }) => trial?.number ?? []);
    expect(new Set(trials).size).toBe(trials.length);
    for (const [i, claim] of given.entries()) {
      if (claim.trial !== null) this.claims.push({ claim, worker: asking[i]!, batch: 0 });
    }
  }

  private async withAnyClaim(act: (held: { claim: Claim; worker: TestWorker; batch: number }) => unknown) {
    if (this.claims.length > 0) await act(this.claims[this.random.nextInt(this.claims.length)]!);
  }

  private async finish({ claim, worker, batch }: (typeof this.claims)[number], state: string): Promise<void> {
    const { number } = claim.trial!;
    await worker.report(claim, batch + 1, [point('loss', 1, number)]);
    const { accepted, run } = await worker.finish(claim, state);
    const isNew = accepted && run.state === 'finished' && !this.finished.has(claim.run!.id);
    if (isNew) this.ends.set(number, (this.ends.get(number) ?? 0) + 1);
    if (accepted) this.finished.add(claim.run!.id);
  }

  private readonly finished = new Set<string>();
}

function checkTrials(trials: Trial[]): void {
  expect(trials.map(({ number }) => number)).toEqual(trials.map((_, i) => i + 1));
  expect(new Set(trials.map(({ parameters }) => JSON.stringify(parameters))).size).toBe(trials.length);
  for (const { state, runs, attempts } of trials) {
    expect(runs).toHaveLength(attempts);
    expect(runs.slice(0, -1).every((run) => run.state === 'lost')).toBe(true);
    expect(runs.filter((run) => run.state === 'running')).toHaveLength(state === 'running' ? 1 : 0);
    expect(runs.filter((run) => run.state === 'finished')).toHaveLength(state === 'finished' ? 1 : 0);
  }
}

test.each([1, 2, 3, 4, 5])('whatever workers do, each trial has one end (seed %i)', async (seed) => {
  const create = 'mutation ($input: CreateSweepInput!) { createSweep(input: $input) { id } }';
  const { id } = (await server.query(create, { input: { yaml: YAML } })).createSweep;
  const chaos = new Chaos(seed, id);
  for (let i = 0; i < 30; i++) await chaos.step();
  checkTrials((await server.query(SWEEP, { id })).sweep.trials);
  await chaos.drain();
  const { sweep } = await server.query(SWEEP, { id });
  checkTrials(sweep.trials);
  expect(sweep.state).toBe('finished');
  expect(sweep.trials).toHaveLength(6);
  expect(sweep.trialCounts).toMatchObject({ queued: 0, running: 0 });
  for (const { number, state, objective, runs } of sweep.trials as Trial[]) {
    expect(['finished', 'failed']).toContain(state);
    expect(chaos.ends.get(number) ?? 0).toBe(state === 'finished' ? 1 : 0);
    if (state === 'finished') expect(objective).toBe(number);
    else expect(runs.filter((run) => run.state === 'lost').length).toBeGreaterThanOrEqual(3);
  }
});
