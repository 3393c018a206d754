import { join } from 'node:path';
import type { RunState } from '../core/states.js';
import type { RunLease } from './run-lease.js';

/** Beside the output folders. The runs of one trial share it, so that the next one on this machine goes on from it. */
export function stateFileOf(
  workFolder: string,
  { runId, sweepId, trialNumber }: Pick<RunLease, 'runId' | 'sweepId' | 'trialNumber'>,
): string {
  const owner = sweepId === null ? runId : `${sweepId}-trial-${trialNumber}`;
  return join(workFolder, `${owner}.state.safetensors`);
}

/** Whether somebody may go on with it; a run that ended as it should is over. */
export function goesOn(state: RunState): boolean {
  return state === 'lost' || state === 'cancelled' || state === 'failed';
}
