/**
 * How a run can be. The four ways to end short of `finished` are kept apart: two are results, one is the user's code, one is the infrastructure.
 *
 * finished   ran to its end
 * diverged   the loss became NaN or left all bounds: a result
 * stopped    ended early by a stopping rule: a result
 * failed     the user's code or config failed
 * cancelled  a person ended it
 * lost       its worker vanished (lease expired): the trial is handed out again
 */
export const RUN_STATES = [
  'running',
  'finished',
  'diverged',
  'stopped',
  'failed',
  'cancelled',
  'lost',
] as const;
export type RunState = (typeof RUN_STATES)[number];

export const TRIAL_STATES = [
  'queued',
  'running',
  'finished',
  'diverged',
  'stopped',
  'failed',
  'cancelled',
] as const;
export type TrialState = (typeof TRIAL_STATES)[number];

export const SWEEP_STATES = ['running', 'paused', 'finished', 'cancelled'] as const;
export type SweepState = (typeof SWEEP_STATES)[number];
