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
    sweepId: claim.trial ? claim.sweepId : null,
    trialNumber: claim.trial?.number ?? null,
    parameters: claim.trial?.parameters ?? {},
    config: claim.config,
    seed: claim.run.seed ?? null,
    command: claim.command && withVariables(claim.command, process.env),
  };
}
