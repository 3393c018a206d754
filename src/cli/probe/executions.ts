import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { adapterDistance } from '../../analysis/adapter-distance.js';
import type { ProbedSteps } from '../../analysis/kernel-noise.js';
import type { NamedSeries } from '../../analysis/series-differences.js';
import { type ComputeEnvironment, environmentKey } from '../../core/compute-environment.js';
import type { Backend } from '../../core/run-config.js';
import { type ExecutedSteps, executeSteps } from '../../worker/first-steps.js';
import type { LoggedPoint } from '../../worker/metric-buffer.js';
import { WORK_FOLDER } from '../run-here.js';
import type { ProbeTarget } from './probe-target.js';

/** An execution with all that is recorded of it. */
export interface ProbeRecord extends ProbedSteps {
  environment: ComputeEnvironment;
  modelHash: string;
  weightsHash: string | null;
}

export interface ProbePlan {
  /** the first is where the target is at home */
  backends: Backend[];
  steps: number;
  /** orders of the data, each with a seed of its own */
  repeat: number;
}

/** What a run's training depends on: the rest is time, memory or scores. */
const COMPARED = ['train/loss', 'train/grad_norm', 'train/learning_rate'];

/**
 * Executes the first steps in each backend: every order of the data once, and the first order a second time, in a process of its own.
 * @param onExecution is told before each
 */
export async function executeAll(
  { config }: ProbeTarget,
  { backends, steps, repeat }: ProbePlan,
  signal: AbortSignal,
  onExecution: (text: string) => void,
): Promise<ProbeRecord[]> {
  const records: ProbeRecord[] = [];
  const weights = new Map<string, ExecutedSteps['weights']>();
  for (const backend of backends) {
    for (const order of [...Array(repeat).keys(), 0]) {
      onExecution(`${backend}, order ${order + 1} of ${repeat}`);
      const seeded = { ...config, backend, seed: config.seed + order };
      const checksFolder = join(WORK_FOLDER, 'checks');
      const executed = await executeSteps({ config: seeded, steps, checksFolder, signal });
      const record = recordOf(executed, steps);
      record.weightDistances = distancesFrom(record, executed.weights, records, weights);
      weights.set(record.id, executed.weights);
      records.push(record);
    }
  }
  return records;
}

function recordOf(executed: ExecutedSteps, steps: number): ProbeRecord {
  const { environment, modelHash, whatHash: what, weightsHash, points } = executed;
  const series = seriesOf(points, steps);
  const id = `probe_${randomUUID()}`;
  const where = environmentKey(environment);
  return { id, what, where, steps, series, environment, modelHash, weightsHash, weightDistances: {} };
}

function distancesFrom(
  { what }: ProbeRecord,
  own: ExecutedSteps['weights'],
  others: readonly ProbeRecord[],
  weights: ReadonlyMap<string, ExecutedSteps['weights']>,
): Record<string, number> {
  const same = others.filter((other) => other.what === what);
  const distances = same.map(({ id }) => [id, adapterDistance(weights.get(id)!, own)] as const);
  return Object.fromEntries(
    distances.flatMap(([id, distance]) => ('relative' in distance ? [[id, distance.relative]] : [])),
  );
}

function seriesOf(points: readonly LoggedPoint[], steps: number): NamedSeries[] {
  return COMPARED.map((name) => {
    const own = points.filter(({ metric, step }) => metric === name && step <= steps);
    return { name, steps: own.map(({ step }) => step), values: own.map(({ value }) => value) };
  });
}

/** The beginning of a run that has run, as if it had been probed: so that later probes elsewhere have it to compare with. */
export function recordedExecution(
  { recorded, runId }: ProbeTarget,
  { what, modelHash }: ProbeRecord,
  steps: number,
): ProbeRecord | null {
  if (recorded === null || runId === null) return null;
  const { environment } = recorded;
  const series = recorded.series.filter(({ name }) => COMPARED.includes(name)).map((one) => upTo(one, steps));
  const reached = Math.min(...series.map((one) => one.steps.length));
  if (series.length === 0 || reached < steps) return null;
  const facts = { what, modelHash, environment, weightsHash: null, weightDistances: {} };
  return { id: `probe_of_${runId}_${steps}`, where: environmentKey(environment), steps, series, ...facts };
}

function upTo({ name, steps, values }: NamedSeries, last: number): NamedSeries {
  const kept = Array.from(steps).map((step, i) => [step, values[i]!] as const);
  const own = kept.filter(([step]) => step <= last);
  return { name, steps: own.map(([step]) => step), values: own.map(([, value]) => value) };
}
