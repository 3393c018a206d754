import type { ApiClient } from '../../api-client/api-client.js';
import { RanksweepError } from '../../core/errors.js';
import type { RunOutcome } from '../../worker/execute-run.js';
import type { Provenance } from '../../worker/provenance.js';
import { interruption } from '../command-line.js';
import { executeHere, openRun } from '../run.js';
import type { RunRecord } from '../run-report.js';
import type { Screen } from '../terminal/screen.js';
import { type Difference, differenceText } from './differences.js';
import { drift } from './preflight.js';
import type { Preparation } from './preparation.js';

/** The run that repeats another, as it ended, and what was other here than for the original. */
export interface Repetition {
  outcome: RunOutcome;
  differences: Difference[];
}

/** Executes a past run once more, as a run of its own that names the original. */
export async function executeAgain(
  client: ApiClient,
  original: RunRecord,
  { located, command, backend, notes }: Preparation,
  screen: Screen,
): Promise<Repetition> {
  const lease = await openRun(client, {
    config: original.config,
    seed: original.seed,
    name: `${original.name} again`,
    project: original.project.name,
    reproduces: original.id,
  });
  screen.print(`run ${lease.runId} repeats ${original.id}: ${client.url}/runs/${lease.runId}`);
  for (const note of notes) screen.print(`  ${note}`);
  let differences: Difference[] = [];
  const onDescribed = (here: Provenance) => {
    differences = drift(original, here);
    announce(differences, screen);
  };
  const outcome = await executeHere(
    {
      client,
      lease: { ...lease, command },
      startedBy: 'reproduce',
      signal: interruption(),
      located,
      preferredBackend: backend ?? undefined,
      onDescribed,
    },
    screen,
  );
  return { outcome, differences };
}

function announce(differences: Difference[], screen: Screen): void {
  if (differences.length === 0)
    screen.print('  code, dependencies, backend and machine are the same as then');
  for (const difference of differences) screen.print(`  ${differenceText(difference)}`);
}

/** @throws RanksweepError CONFLICT if the repetition did not come to an end that can be compared */
export function refuseUnfinished({ runId, state, error, leaseLost }: RunOutcome): void {
  if (state !== 'failed' && state !== 'cancelled' && !leaseLost) return;
  throw new RanksweepError(
    'CONFLICT',
    `The run was repeated as ${runId}, but ${state}: no verdict.\n${error ?? ''}`.trim(),
  );
}
