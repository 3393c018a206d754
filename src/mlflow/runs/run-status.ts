import type { RunState } from '../../core/states.js';
import { invalidParameter } from '../protocol/mlflow-error.js';

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

/** MLflow knows one way to end well and two to end badly; a run that diverged or was stopped early has a result. */
const STATUS: Record<RunState, RunStatus> = {
  running: 'RUNNING',
  finished: 'FINISHED',
  diverged: 'FINISHED',
  stopped: 'FINISHED',
  failed: 'FAILED',
  lost: 'FAILED',
  cancelled: 'KILLED',
};
const STATE: Record<RunStatus, RunState> = {
  RUNNING: 'running',
  SCHEDULED: 'running',
  FINISHED: 'finished',
  FAILED: 'failed',
  KILLED: 'cancelled',
};
/** protobuf's numbers for them */
const NUMBERS = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;

export function statusOf(state: RunState): RunStatus {
  return STATUS[state];
}

/** The states that MLflow sees as this status; none if there is no such status. */
export function statesOf(status: string): RunState[] {
  return (Object.keys(STATUS) as RunState[]).filter((state) => STATUS[state] === status);
}

/** @throws MlflowError */
export function stateFrom(status: string): RunState {
  const name = /^[1-5]$/.test(status) ? NUMBERS[Number(status) - 1]! : status;
  if (Object.hasOwn(STATE, name)) return STATE[name as RunStatus];
  throw invalidParameter(
    `Invalid value ${JSON.stringify(status)} for parameter 'status' supplied: expected one of ${NUMBERS.join(', ')}`,
  );
}
