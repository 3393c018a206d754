import type { TestServer } from './test-server.js';

export interface Claim {
  trial: { id: string; number: number; parameters: Record<string, unknown>; attempts: number } | null;
  run: { id: string } | null;
  leaseToken: number;
  leaseMs: number;
  config: Record<string, unknown>;
  command: string[] | null;
  waitMs: number | null;
  idle: boolean;
}

export interface Point {
  metric: string;
  step: number;
  value: number | string;
  time: number;
}

const CLAIM = `trial { id number parameters attempts why historyHash } run { id name state config configHash seed }
  leaseToken leaseMs sweepId config command waitMs idle`;

/** Speaks the API as a worker does. */
export class TestWorker {
  private constructor(
    readonly server: TestServer,
    readonly id: string,
  ) {}

  static async register(server: TestServer, name = 'tester'): Promise<TestWorker> {
    const { registerWorker } = await server.query(
      'mutation ($input: RegisterWorkerInput!) { registerWorker(input: $input) { id } }',
      { input: { name, host: 'here', device: { kind: 'cpu' } } },
    );
    return new TestWorker(server, registerWorker.id);
  }

  async claim(sweepId?: string): Promise<Claim> {
    const input = { workerId: this.id, sweepId };
    const { claimTrial } = await this.server.query(
      `mutation ($input: ClaimInput!) { claimTrial(input: $input) { ${CLAIM} } }`,
      { input },
    );
    return claimTrial;
  }

  async open(input: Record<string, unknown> = {}): Promise<Claim> {
    const { openRun } = await this.server.query(
      `mutation ($input: OpenRunInput!) { openRun(input: $input) { ${CLAIM} } }`,
      { input: { workerId: this.id, config: {}, ...input } },
    );
    return openRun;
  }

  async report(claim: Claim, batch: number, points: Point[] = [], log?: string[]) {
    const input = { runId: claim.run!.id, leaseToken: claim.leaseToken, batch, points, log };
    const { reportProgress } = await this.server.query(
      `mutation ($input: ProgressInput!) { reportProgress(input: $input) { accepted leaseLost stop stopReason } }`,
      { input },
    );
    return reportProgress as {
      accepted: boolean;
      leaseLost: boolean;
      stop: boolean;
      stopReason: string | null;
    };
  }

  async finish(claim: Claim, state = 'finished', more: Record<string, unknown> = {}) {
    const name = claim.trial === null ? 'finishRun' : 'finishTrial';
    const input = { runId: claim.run!.id, leaseToken: claim.leaseToken, state, ...more };
    const answer = await this.server.query(
      `mutation ($input: FinishInput!) { ${name}(input: $input) { accepted leaseLost run { id state stopReason } } }`,
      { input },
    );
    return answer[name] as {
      accepted: boolean;
      leaseLost: boolean;
      run: { state: string; stopReason: string };
    };
  }

  /** Runs a claimed trial to its end with one value of the metric. */
  async complete(claim: Claim, metric: string, value: number | string) {
    await this.report(claim, 1, [point(metric, 1, value)]);
    return this.finish(claim);
  }
}

export function point(metric: string, step: number, value: number | string): Point {
  return { metric, step, value, time: 1_700_000_000_000 + step };
}
