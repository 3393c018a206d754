import { existsSync } from 'node:fs';
import { RanksweepError } from '../core/errors.js';
import { hashJson } from '../core/hash.js';
import type { RunConfig } from '../core/run-config.js';
import type { RunInputs } from './run-inputs.js';
import type { TensorFile } from './safetensors.js';
import { readTrainingState, type TrainingState } from './training-state.js';

/** How a run is kept between processes, and what it goes on from. */
export interface Continuation {
  /** where its state is written: at the config's interval, and when it is asked to stop */
  stateFile: string;
  identity: string;
  /** what the state is said to be of */
  runId: string | null;
  /** null: from the beginning */
  from: TrainingState | null;
}

/**
 * What has to be equal for a run to go on with the same bits: the config with its backend, and the content of all that it reads. Paths and
 * the interval of the checkpoints make no difference.
 */
export function identityOf(config: RunConfig, inputs: RunInputs): string {
  const { checkpointInterval: _, model: _model, data, evaluations, ...settings } = config;
  return hashJson({
    ...settings,
    maxExamples: data.maxExamples,
    evaluations: evaluations.map(({ data: _data, ...rest }) => rest),
    model: inputs.model.hash,
    datasets: inputs.datasets.map(({ use, contentHash }) => ({ use, contentHash })),
  });
}

export interface Wanted {
  config: RunConfig;
  inputs: RunInputs;
  runId: string | null;
  stateFile: string;
  /** a state that must be there and must fit; null: that of `stateFile`, if it is there and fits */
  resumeFrom: string | null;
  /** it may belong to another config or data, if what is trained has the same shapes */
  mayDiffer?: boolean;
}

/** @throws RanksweepError NOT_FOUND or INVALID_INPUT if what `resumeFrom` names is not there or belongs to another run */
export async function openContinuation(wanted: Wanted, log: (line: string) => void): Promise<Continuation> {
  const { config, inputs, runId, stateFile, resumeFrom, mayDiffer = false } = wanted;
  const identity = identityOf(config, inputs);
  const from =
    resumeFrom === null ? await readIfFits(stateFile, identity, log) : await readTrainingState(resumeFrom);
  if (from && from.identity !== identity && !mayDiffer) throw belongsToAnother(resumeFrom!, from);
  if (from) log(`goes on after step ${from.step}${from.runId ? ` of run ${from.runId}` : ''}`);
  return { stateFile, identity, runId, from };
}

/** A leftover that cannot be used is no reason not to begin. */
async function readIfFits(
  path: string,
  identity: string,
  log: (line: string) => void,
): Promise<TrainingState | null> {
  if (!existsSync(path)) return null;
  try {
    const state = await readTrainingState(path);
    if (state.identity === identity) return state;
    log(`${path} belongs to another config, data, model or backend: from the beginning`);
  } catch (error) {
    log(`${(error as Error).message}: from the beginning`);
  }
  return null;
}

function belongsToAnother(path: string, { step, runId }: TrainingState): RanksweepError {
  const found = `found step ${step}${runId ? ` of run ${runId}` : ''} with another config, data, model or backend`;
  const message = `${found}, expected the same`;
  return new RanksweepError('INVALID_INPUT', `${path}: ${message}`, [{ field: '--resume', message }]);
}

/**
 * A state of another config goes on only where the same is trained.
 * @throws RanksweepError INVALID_INPUT naming the first tensor that is not in both with one shape
 */
export function refuseMisfit(state: TensorFile, own: TensorFile, step: number, steps: number): void {
  const names = [...new Set([...own.keys(), ...state.keys()])];
  const odd = names.find((name) => state.get(name)?.shape.join() !== own.get(name)?.shape.join());
  if (odd !== undefined) {
    const [there, here] = [state, own].map((file) => file.get(odd)?.shape.join('×') ?? 'none');
    throw misfit(`${odd} is ${there} in the state that it begins with and ${here} in this config`);
  }
  if (step >= steps) throw misfit(`it is of step ${step}, and this config has ${steps} steps`);
}

function misfit(message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `The state does not fit: ${message}`, [
    { field: '--from', message },
  ]);
}
