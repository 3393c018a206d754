import type { Departure } from '../../analysis/live-comparison.js';
import type { ApiClient } from '../../api-client/api-client.js';
import { RanksweepError } from '../../core/errors.js';
import type { RunOutcome } from '../../worker/execute-run.js';
import type { Provenance } from '../../worker/provenance.js';
import { interruption } from '../command-line.js';
import { executeHere, openRun } from '../run.js';
import type { RunRecord } from '../run-report.js';
import type { Screen } from '../terminal/screen.js';
import { type Difference, differenceText } from './differences.js';
import type { JudgingOptions } from './expectation.js';
import { drift } from './preflight.js';
import type { Preparation } from './preparation.js';
import { Watch } from './watch.js';

/** The run that repeats another, as it ended, and what was other here than for the original. */
export interface Repetition {
  outcome: RunOutcome;
  differences: Difference[];
  /** where it left what was asked for; null: nowhere, as far as that could be told while it ran */
  departure: Departure | null;
}

/** Executes a past run once more, as a run of its own that names the original. */
export async function executeAgain(
  client: ApiClient,
  original: RunRecord,
  { located, command, backend, notes }: Preparation,
  screen: Screen,
  judging: JudgingOptions,
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
  const giveUp = new AbortController();
  const watch = watchOver(client, original, judging, screen, giveUp);
  const onDescribed = (here: Provenance) => {
    differences = drift(original, here);
    announce(differences, screen);
    watch.begin(here).catch((error) => screen.print(`  not compared while it runs: ${error.message}`));
  };
  const outcome = await executeHere(
    {
      client,
      lease: { ...lease, command },
      startedBy: 'reproduce',
      signal: AbortSignal.any([interruption(), giveUp.signal]),
      located,
      preferredBackend: backend ?? undefined,
      onDescribed,
      onPoints: (points) => watch.see(points),
    },
    screen,
  );
  return { outcome, differences, departure: giveUp.signal.aborted ? watch.departure : null };
}

/** Says where the repetition departs, and with --fail-fast ends it there. */
function watchOver(
  client: ApiClient,
  original: RunRecord,
  { expect, failFast }: JudgingOptions,
  screen: Screen,
  giveUp: AbortController,
): Watch {
  return new Watch(client, original.id, expect, {
    onUnwatched: (why) => screen.print(`  ${expect} cannot be watched: ${why}`),
    onDeparture: ({ step, metric, original: then, reproduction }) => {
      const place = `departs at step ${step} in ${metric}: ${then} then, ${reproduction} now`;
      screen.print(`  ${place}${failFast ? '; it is stopped' : ''}`);
      if (failFast) giveUp.abort();
    },
  });
}

function announce(differences: Difference[], screen: Screen): void {
  if (differences.length === 0)
    screen.print('  code, dependencies, backend and machine are the same as then');
  for (const difference of differences) screen.print(`  ${differenceText(difference)}`);
}

/** @throws RanksweepError CONFLICT if the repetition did not come to an end that can be compared */
export function refuseUnfinished({ outcome, departure }: Repetition): void {
  const { runId, state, error, leaseLost } = outcome;
  if (departure !== null && !leaseLost) return;
  if (state !== 'failed' && state !== 'cancelled' && !leaseLost) return;
  throw new RanksweepError(
    'CONFLICT',
    `The run was repeated as ${runId}, but ${state}: no verdict.\n${error ?? ''}`.trim(),
  );
}
