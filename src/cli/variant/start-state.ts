import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { seriesDifferences } from '../../analysis/series-differences.js';
import type { ApiClient } from '../../api-client/api-client.js';
import { RanksweepError } from '../../core/errors.js';
import { executeSteps } from '../../worker/first-steps.js';
import { stateStep, writeWarmState } from '../../worker/start-state.js';
import { stateFileOf } from '../../worker/state-file.js';
import { interruption } from '../command-line.js';
import { fetchSeries } from '../reproduction/watch.js';
import { WORK_FOLDER } from '../run-here.js';
import type { Screen } from '../terminal/screen.js';
import type { Variant } from './variant.js';

export interface Start {
  file: string;
  isMade: boolean;
}

/** What the recomputed steps are held against. */
const COMPARED = ['train/loss', 'train/grad_norm'];

/**
 * The file of the state that a variant begins with; null: it begins at the beginning. `isMade`: it is of no use afterwards.
 * @throws RanksweepError NOT_FOUND if the original left no adapter; CONFLICT if its steps cannot be executed here
 */
export async function startState(client: ApiClient, variant: Variant, screen: Screen): Promise<Start | null> {
  const { original, step, isWarm } = variant;
  if (isWarm) return { file: await warmState(client, variant), isMade: true };
  if (step === null) return null;
  const own = stateFileOf(WORK_FOLDER, { runId: original.id, sweepId: null, trialNumber: null });
  if (existsSync(own) && (await stateStep(own)) === step) return { file: own, isMade: false };
  return { file: await recomputed(client, variant, step, screen), isMade: true };
}

/** The adapter's weights as they were kept, with an optimiser that has seen nothing. */
async function warmState(client: ApiClient, { original }: Variant): Promise<string> {
  const file = join(WORK_FOLDER, `${original.id}.warm.safetensors`);
  const series = await fetchSeries(client, original.id);
  const losses = series.find(({ name }) => name === 'train/loss')?.values;
  if (await writeWarmState(client, original.id, original.artifacts, losses?.[0] ?? 0, file)) return file;
  const message = `${original.id} kept no adapter`;
  throw new RanksweepError('NOT_FOUND', message, [{ field: '--warm-start', message }]);
}

/** No run keeps the states of all its steps: they are computed again, and held against what was recorded. */
async function recomputed(
  client: ApiClient,
  variant: Variant,
  step: number,
  screen: Screen,
): Promise<string> {
  const { original, here } = variant;
  const config = { ...here.located, backend: here.backend ?? here.located.backend, evaluations: [] };
  const file = join(WORK_FOLDER, `${original.id}.step-${step}.safetensors`);
  screen.print(`  computing the state after step ${step} of ${original.id} again`);
  // a leftover would be gone on from
  await rm(file, { force: true });
  const checksFolder = join(WORK_FOLDER, 'checks');
  const wanted = {
    config,
    steps: step,
    checksFolder,
    signal: interruption(),
    keepState: file,
    runId: original.id,
  };
  const { points } = await executeSteps(wanted);
  if (!existsSync(file) || (await stateStep(file)) !== step) throw beyondItsEnd(original.id, step);
  const recorded = (await fetchSeries(client, original.id)).filter(({ name }) => COMPARED.includes(name));
  const again = COMPARED.map((name) => {
    const own = points.filter(({ metric }) => metric === name);
    return { name, steps: own.map((point) => point.step), values: own.map(({ value }) => value) };
  });
  const difference = seriesDifferences(recorded, again).find((one) => one.step <= step);
  screen.print(
    difference === undefined
      ? '  every loss until there is the recorded one'
      : `  not as it was recorded: ${difference.metric} differs at step ${difference.step}, ${difference.original} then, ${difference.reproduction} now`,
  );
  return file;
}

function beyondItsEnd(id: string, step: number): RanksweepError {
  const message = `${id} has no state after step ${step} to go on from: expected a step before its last`;
  return new RanksweepError('INVALID_INPUT', `--from: ${message}`, [{ field: '--from', message }]);
}
