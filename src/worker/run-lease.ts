import type { ClaimFieldsFragment } from '../api-client/operations.generated.js';
import { withVariables } from '../core/sweep-config-command.js';

/** The right to execute one run and to write its record, until another claim's token is larger. */
export interface RunLease {
  runId: string;
  leaseToken: number;
  leaseMs: number;
  /** null: a run outside of any sweep */
  sweepId: string | null;
  trialNumber: number | null;
  parameters: Record<string, unknown>;
  config: unknown;
  /** of the run, where it has one */
  seed: number | null;
  /** number of the last batch that the server has: 0, unless the run goes on */
  lastBatch: number;
  /** of a run that goes on: the last step of each metric that the server has; what was reported is not reported again */
  recordedSteps?: ReadonlyMap<string, number>;
  /** data sets and models of more bytes are not kept with the run */
  keepBytes: number;
  /** null: the built-in trainer */
  command: string[] | null;
}

/** @returns null if the claim brought nothing */
export function leaseOf(claim: ClaimFieldsFragment): RunLease | null {
  if (!claim.run || claim.leaseToken === null || claim.leaseMs === null) return null;
  return {
    runId: claim.run.id,
    leaseToken: claim.leaseToken,
    leaseMs: claim.leaseMs,
    lastBatch: claim.lastBatch ?? 0,
    sweepId: claim.trial ? claim.sweepId : null,
    trialNumber: claim.trial?.number ?? null,
    parameters: claim.trial?.parameters ?? {},
    config: claim.config,
    seed: claim.run.seed ?? null,
    keepBytes: claim.keepBytes ?? 0,
    command: claim.command && withVariables(claim.command, process.env),
  };
}
