import { RanksweepError } from '../../core/errors.js';
import type { Provenance } from '../../worker/provenance.js';
import type { RunRecord } from '../run-report.js';
import { type Difference, differencesBetween } from './differences.js';

/** @throws RanksweepError INVALID_INPUT if there is nothing to repeat yet */
export function refuseUnended({ id, state }: RunRecord): void {
  if (state !== 'running') return;
  throw new RanksweepError(
    'INVALID_INPUT',
    `The run ${id} has not ended yet: there is nothing to compare with.`,
  );
}

/** What is other here than it was for the original. */
export function drift(original: RunRecord, here: Provenance): Difference[] {
  return differencesBetween(original.provenance as Partial<Provenance>, here);
}
