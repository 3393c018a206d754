import type { RunState } from '../core/states.js';
import type { Run } from './run.entity.js';

/** Who asked a run to stop: a person (the run ends as cancelled) or a stopping rule (it ends as stopped: a result). */
export interface StopRequest {
  by: 'person' | 'rule';
  reason: string;
}

/** `leaseExpiresAt` of a run that no worker holds: its program reports when it likes and is never taken for lost. */
export const NO_LEASE = '9999-12-31T23:59:59.999Z';

/**
 * Whether a write with this token is still the run's own. A lease that has run out while nobody noticed is still held: what takes it
 * away is the state `lost`, set in a transaction.
 */
export function holdsLease(run: Pick<Run, 'state' | 'leaseToken'>, leaseToken: number): boolean {
  return run.state === 'running' && run.leaseToken === leaseToken;
}

/** The state that a run ends in, given what its worker says and what it was asked. */
export function endState(run: Run, reported: RunState): RunState {
  return reported === 'stopped' && run.stopRequest?.by === 'person' ? 'cancelled' : reported;
}

/** Why no worker may go on with a run; null: one may. */
export function whyNotResumed({ state, trialId, workerId, deletedAt }: Run): string | null {
  if (trialId !== null) return 'it is the run of a trial, which its sweep hands out again by itself';
  if (workerId === null) return 'no worker executed it: its own program goes on with it';
  if (deletedAt !== null) return 'it is in the trash';
  if (state === 'running') return 'it is running; if its worker is gone it is lost once its lease has ended';
  return state === 'finished' || state === 'diverged' ? `it is ${state}` : null;
}
