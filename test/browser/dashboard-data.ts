import type { TestServer } from '../api/test-server.js';
import { type Claim, type Point, TestWorker } from '../api/test-worker.js';

export const EVIL_NAME = '<img src=x onerror="window.evil = true">';
const T0 = Date.UTC(2026, 10, 24, 20);

/** A grid of six trials: rate decides the loss (0.01 is best), rank helps a little, the highest rate diverges. */
const SWEEP = `method: grid
name: era transfer
metric: {name: in_domain/loss, goal: minimize}
program: train.py
parameters:
  optimizer.learningRate: {values: [0.001, 0.01, 0.03]}
  lora.rank: {values: [2, 8]}
`;

export interface DashboardData {
  sweepId: string;
  worker: TestWorker;
  /** the sixth trial, which still runs */
  running: Claim;
  evilRunId: string;
  reproducedRunId: string;
}

export async function createData(server: TestServer): Promise<DashboardData> {
  const worker = await TestWorker.register(server, 'worker 1');
  const evilRunId = await openEvilRun(worker);
  const reproducedRunId = await openReproducedRun(worker);
  const { createSweep } = await server.query(
    'mutation ($input: CreateSweepInput!) { createSweep(input: $input) { id } }',
    { input: { yaml: SWEEP, source: 'era.yaml' } },
  );
  for (let n = 1; n <= 5; n++) await completeTrial(worker, createSweep.id);
  const running = await worker.claim(createSweep.id);
  await worker.report(running, 1, lossPoints(running, 1, 20));
  return { sweepId: createSweep.id, worker, running, evilRunId, reproducedRunId };
}

/** A run and its repetition, which differs from step 2 on. @returns the original's ID */
async function openReproducedRun(worker: TestWorker): Promise<string> {
  const points = (values: number[]) =>
    values.map((value, i) => ({ metric: 'train/loss', step: i + 1, value, time: T0 + i }));
  const original = await worker.open({ name: 'to repeat', config: { seed: 1 }, seed: 1 });
  await worker.report(original, 1, points([3, 2, 1]));
  await worker.finish(original);
  const reproduces = original.run!.id;
  const again = await worker.open({ name: 'repeated', config: { seed: 1 }, seed: 1, reproduces });
  await worker.report(again, 1, points([3, 2.5, 1]));
  await worker.finish(again);
  await worker.server.query(
    'mutation ($input: JudgeInput!) { judgeReproduction(input: $input) { verdict } }',
    { input: { reproductionId: again.run!.id, differences: ['node 20 → 22'] } },
  );
  return reproduces;
}

/** Its name, log, config and metric's name all try to be a script. */
async function openEvilRun(worker: TestWorker): Promise<string> {
  const config = { note: EVIL_NAME, [EVIL_NAME]: 1 };
  const claim = await worker.open({ name: EVIL_NAME, config, seed: 1 });
  const points = [1, 2, 3].map((step) => ({
    metric: `bad/${EVIL_NAME}`,
    step,
    value: step,
    time: T0 + step,
  }));
  await worker.report(claim, 1, points, [EVIL_NAME]);
  await worker.finish(claim, 'failed', { error: EVIL_NAME });
  return claim.run!.id;
}

async function completeTrial(worker: TestWorker, sweepId: string): Promise<void> {
  const claim = await worker.claim(sweepId);
  const isDiverging = rateOf(claim) === 0.03;
  const loss = finalLoss(claim);
  const scores: Point[] = [
    { metric: 'in_domain/loss', step: 60, value: isDiverging ? 'NaN' : loss, time: T0 },
    { metric: 'out_of_domain/loss', step: 60, value: isDiverging ? 'NaN' : 4.5 - loss / 10, time: T0 },
  ];
  await worker.report(claim, 1, [...lossPoints(claim, 1, 60), ...scores]);
  const evaluations = [
    evaluation('speeches', 'in_domain', loss, 4.2),
    evaluation('novel', 'out_of_domain', 4.5 - loss / 10, 4.1),
  ];
  if (isDiverging) await worker.finish(claim, 'diverged', { stopReason: 'the loss became NaN' });
  else
    await worker.finish(claim, 'finished', {
      evaluations,
      facts: { trainableParameters: 12_288, totalParameters: 1_000_000 },
    });
}

const rateOf = ({ trial }: Claim) => Number(trial!.parameters['optimizer.learningRate']);
const finalLoss = (claim: Claim) =>
  3.6 + 0.3 * Math.abs(Math.log10(rateOf(claim)) + 2) - 0.01 * Number(claim.trial!.parameters['lora.rank']);

export function lossPoints(claim: Claim, first: number, last: number): Point[] {
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const step = first + i;
    const value = finalLoss(claim) + Math.exp(-step / 15);
    return { metric: 'train/loss', step, value, time: T0 + 1000 * step };
  });
}

function evaluation(name: string, role: string, loss: number, baseLoss: number) {
  const [bitsPerByte, baseBitsPerByte] = [loss / 2, baseLoss / 2];
  return {
    name,
    role,
    datasetHash: 'ab'.repeat(32),
    items: 200,
    tokens: 20_000,
    loss,
    bitsPerByte,
    baseLoss,
    baseBitsPerByte,
  };
}
