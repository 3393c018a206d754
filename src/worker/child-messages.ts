import type { RunCheck } from '../data/quality/run-check.js';
import type { BackendChoice } from '../training/backends.js';
import type { RunInputs } from '../training/run-inputs.js';
import type { TrainingProgress, TrainingResult } from '../training/train-run.js';
import type { LoggedPoint } from './metric-buffer.js';

/**
 * What a worker and the child process of a run say to each other. They travel over Node's IPC channel with 'advanced' serialisation, which
 * keeps NaN. Order: prepare → ready → begin → points, log, progress … → ended. `stop` may come at any time.
 */
export interface Preparation {
  runId: string;
  config: unknown;
  /** for a command: its run's, where it has one */
  seed: number | null;
  /** null: the built-in trainer */
  command: string[] | null;
  /** of a command: where it is executed */
  cwd: string;
  /** exists already; what the run leaves here is stored with it */
  outputFolder: string;
  /** where checks of data are kept from run to run */
  checksFolder: string;
  /** of the trainer: where the base's scores are kept for the runs to come */
  scoresFolder: string;
  /** of the trainer: where its state is kept, and gone on from if it is there and fits */
  stateFile: string;
  /** of the trainer: a state that it must go on from; null: none is asked for */
  resumeFrom: string | null;
  /** of the trainer: `resumeFrom` may be of another config, as long as what is trained has the same shapes */
  mayDiffer?: boolean;
  /** of the trainer: taken instead of what the config says, if it works here */
  preferredBackend: string | null;
  /** of the trainer: stops after this step as if it had been asked to */
  stopAfter?: number;
  /** the server's address, for a command that wants to ask it something */
  url: string;
}

/** The run and step that a run goes on from. */
export interface ResumedFrom {
  runId: string | null;
  step: number;
}

export type ToChild = { kind: 'prepare'; preparation: Preparation } | { kind: 'begin' } | { kind: 'stop' };

/** How the run ended. `facts` is what Run.summary.facts shows. */
export interface RunEnding {
  outcome: 'finished' | 'diverged' | 'stopped' | 'failed';
  reason: string | null;
  error: string | null;
  facts: Record<string, unknown>;
  evaluations: TrainingResult['evaluations'];
}

export type FromChild =
  | {
      kind: 'ready';
      inputs: RunInputs | null;
      backend: BackendChoice | null;
      resumedFrom?: ResumedFrom;
      /** of the data; null: the run names none */
      check: RunCheck | null;
    }
  /** the estimate of what the run needs, in bytes */
  | { kind: 'memory'; bytes: number }
  | { kind: 'points'; points: LoggedPoint[] }
  | { kind: 'progress'; progress: TrainingProgress }
  | { kind: 'log'; lines: string[] }
  | { kind: 'ended'; ending: RunEnding };

export function failedEnding(error: string): RunEnding {
  return { outcome: 'failed', reason: null, error, facts: {}, evaluations: [] };
}
