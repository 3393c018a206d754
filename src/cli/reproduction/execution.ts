import { rm } from 'node:fs/promises';
import type { Departure } from '../../analysis/live-comparison.js';
import type { ApiClient } from '../../api-client/api-client.js';
import { RanksweepError } from '../../core/errors.js';
import type { RunOutcome } from '../../worker/execute-run.js';
import type { Provenance } from '../../worker/provenance.js';
import { stateFileOf } from '../../worker/state-file.js';
import { interruption } from '../command-line.js';
import { executeHere, openRun, WORK_FOLDER } from '../run-here.js';
import type { RunRecord } from '../run-report.js';
import type { Screen } from '../terminal/screen.js';
import { type Difference, differenceText } from './differences.js';
import type { JudgingOptions } from './expectation.js';
import type { Original } from './original.js';
import { drift, obstacles, type Preflight, type PreflightOptions } from './preflight.js';
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
  original: Original,
  preflight: Preflight,
  { located, command, cwd, backend }: Preparation,
  screen: Screen,
  options: JudgingOptions & PreflightOptions,
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
  const giveUp = new AbortController();
  const watch = watchOver(client, run, options, screen, giveUp);
  const onDescribed = (here: Provenance) => {
    const late = unknownBefore(drift(original, here, preflight), differences);
    for (const difference of late) screen.print(`  ${differenceText(difference)}`);
    if (!options.allowDrift) refuseDrift(late, options);
    differences = [...differences, ...late];
    watch.begin(here).catch((error) => screen.print(`  not compared while it runs: ${error.message}`));
  };
  const outcome = await executeHere(
    {
      client,
      lease: { ...lease, command },
      startedBy: 'reproduce',
      signal: AbortSignal.any([interruption(), giveUp.signal]),
      located,
      cwd,
      drift: preflight.differences,
      preferredBackend: backend ?? undefined,
      onDescribed,
      onPoints: (points) => watch.see(points),
    },
    screen,
  );
  const departure = giveUp.signal.aborted ? watch.departure : null;
  // what was given up is not gone on with
  if (departure !== null) await rm(stateFileOf(WORK_FOLDER, lease), { force: true });
  return { outcome, differences, departure };
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

/** What only showed when the backend was chosen, or the libraries were installed. */
function unknownBefore(found: Difference[], known: Difference[]): Difference[] {
  const names = new Set(known.map(({ what }) => what));
  return found.filter(({ what }) => !names.has(what));
}

/** @throws RanksweepError CONFLICT that names what can change numbers */
function refuseDrift(differences: Difference[], options: PreflightOptions): void {
  const found = obstacles({ differences }, options);
  if (found.length === 0) return;
  const problems = found.map((one) => ({ field: one.what, message: differenceText(one) }));
  throw new RanksweepError(
    'CONFLICT',
    'Something differs that can change numbers; --allow-drift goes on.',
    problems,
  );
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
