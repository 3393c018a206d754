import type { ApiClient } from '../../api-client/api-client.js';
import { RanksweepError } from '../../core/errors.js';
import type { RunOutcome } from '../../worker/execute-run.js';
import type { Provenance } from '../../worker/provenance.js';
import { interruption } from '../command-line.js';
import { executeHere, openRun } from '../run.js';
import type { Screen } from '../terminal/screen.js';
import { type Difference, differenceText } from './differences.js';
import type { Original } from './original.js';
import { drift, obstacles, type Preflight } from './preflight.js';
import type { Preparation } from './preparation.js';

/** The run that repeats another, as it ended, and what was other here than for the original. */
export interface Repetition {
  outcome: RunOutcome;
  differences: Difference[];
}

/** Executes a past run once more, as a run of its own that names the original. */
export async function executeAgain(
  client: ApiClient,
  original: Original,
  preflight: Preflight,
  { located, command, cwd, backend }: Preparation,
  allowsDrift: boolean,
  screen: Screen,
): Promise<Repetition> {
  const { run } = original;
  const lease = await openRun(client, {
    config: run.config,
    seed: run.seed,
    name: `${run.name} again`,
    project: run.project.name,
    reproduces: run.id,
  });
  screen.print(`run ${lease.runId} repeats ${run.id}: ${client.url}/runs/${lease.runId}`);
  let { differences } = preflight;
  const onDescribed = (here: Provenance) => {
    const late = unknownBefore(drift(original, here, preflight), differences);
    for (const difference of late) screen.print(`  ${differenceText(difference)}`);
    if (!allowsDrift) refuseDrift(late);
    differences = [...differences, ...late];
  };
  const outcome = await executeHere(
    {
      client,
      lease: { ...lease, command },
      startedBy: 'reproduce',
      signal: interruption(),
      located,
      cwd,
      drift: preflight.differences,
      preferredBackend: backend ?? undefined,
      onDescribed,
    },
    screen,
  );
  return { outcome, differences };
}

/** What only showed when the backend was chosen, or the libraries were installed. */
function unknownBefore(found: Difference[], known: Difference[]): Difference[] {
  const names = new Set(known.map(({ what }) => what));
  return found.filter(({ what }) => !names.has(what));
}

/** @throws RanksweepError CONFLICT that names what can change numbers */
function refuseDrift(late: Difference[]): void {
  const found = obstacles({ differences: late });
  if (found.length === 0) return;
  const problems = found.map((one) => ({ field: one.what, message: differenceText(one) }));
  throw new RanksweepError(
    'CONFLICT',
    'Something differs that can change numbers; --allow-drift goes on.',
    problems,
  );
}

/** @throws RanksweepError CONFLICT if the repetition did not come to an end that can be compared */
export function refuseUnfinished({ runId, state, error, leaseLost }: RunOutcome): void {
  if (state !== 'failed' && state !== 'cancelled' && !leaseLost) return;
  throw new RanksweepError(
    'CONFLICT',
    `The run was repeated as ${runId}, but ${state}: no verdict.\n${error ?? ''}`.trim(),
  );
}
