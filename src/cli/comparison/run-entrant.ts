import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiClient } from '../../api-client/api-client.js';
import type { RunConfig } from '../../core/run-config.js';
import type { RunEnding } from '../../worker/child-messages.js';
import { type Execution, executeRun } from '../../worker/execute-run.js';
import { filesUnder } from '../../worker/run-artifacts.js';
import { RunChild } from '../../worker/run-child.js';
import { openRun, WORK_FOLDER } from '../run-here.js';
import { fetchRun } from '../run-report.js';
import { type Measurement, measurementOf } from './measurement.js';

type TrainingProgress = Parameters<NonNullable<Execution['onProgress']>>[0];

export interface EntrantRun {
  config: RunConfig;
  name: string;
  /** ends it early */
  signal: AbortSignal;
  onProgress(progress: TrainingProgress): void;
}

/** Runs one config in a process of its own, so that its peak memory is its own, and measures. Recorded if there is a server. */
export function runEntrant(run: EntrantRun, client: ApiClient | null): Promise<Measurement> {
  return client === null ? runHere(run) : runRecorded(run, client);
}

async function runHere(run: EntrantRun): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'ranksweep-compare-'));
  const { speeds, onProgress } = observed(run);
  let validationLoss: number | null = null;
  const preparation = {
    ...{ runId: run.name, config: run.config, seed: run.config.seed, command: null },
    ...{ cwd: process.cwd(), outputFolder: folder, stateFile: join(folder, 'state') },
    ...{
      checksFolder: join(tmpdir(), 'ranksweep-checks'),
      // of this entrant alone: what each one costs is compared
      scoresFolder: join(folder, 'base-scores'),
      resumeFrom: null,
      preferredBackend: null,
      url: '',
    },
  };
  const child = new RunChild(preparation, {
    onReady: () => child.begin(),
    onPoints: ({ points }) => {
      validationLoss = points.find(({ metric }) => metric === 'validation/loss')?.value ?? validationLoss;
    },
    onProgress: ({ progress }) => onProgress(progress),
    onLines: () => {},
  });
  const stop = () => child.stop();
  run.signal.addEventListener('abort', stop, { once: true });
  try {
    const ending = await child.ended;
    return measurementOf({
      runId: null,
      ending,
      speeds,
      validationLoss,
      checkpointBytes: await keptBytes(folder),
    });
  } finally {
    run.signal.removeEventListener('abort', stop);
    await rm(folder, { recursive: true, force: true });
  }
}

/** The weights in the output folder: the adapter's, or the whole model's. */
async function keptBytes(folder: string): Promise<number | null> {
  const [file] = (await filesUnder(folder)).filter(isWeights);
  return file === undefined ? null : (await stat(join(folder, file))).size;
}

const isWeights = (name: string) => /^(adapter|checkpoint)\/.*\.safetensors$/.test(name);

async function runRecorded(run: EntrantRun, client: ApiClient): Promise<Measurement> {
  const { config, name, signal } = run;
  const { speeds, onProgress } = observed(run);
  const lease = await openRun(client, { config, seed: config.seed, name });
  await executeRun({ client, lease, startedBy: 'run', workFolder: WORK_FOLDER, signal, onProgress });
  const { id, state, error, stopReason, summary, evaluations, artifacts } = await fetchRun(
    client,
    lease.runId,
  );
  const ending = { outcome: state, reason: stopReason, error, facts: summary?.facts ?? {}, evaluations };
  const lost = summary?.metrics?.['validation/loss'];
  return measurementOf({
    ...{ runId: id, ending: ending as unknown as RunEnding, speeds },
    validationLoss: typeof lost === 'number' ? lost : null,
    checkpointBytes: artifacts.find((file) => isWeights(file.name))?.bytes ?? null,
  });
}

/** Keeps the speed of each step. */
function observed({ onProgress }: EntrantRun) {
  const speeds: number[] = [];
  return {
    speeds,
    onProgress(progress: TrainingProgress) {
      speeds.push(progress.tokensPerSecond);
      onProgress(progress);
    },
  };
}
