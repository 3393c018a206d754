import { rm } from 'node:fs/promises';
import type { ApiClient } from '../api-client/api-client.js';
import type { RunLinkInput } from '../api-client/operations.generated.js';
import { interruption } from './command-line.js';
import type { ExitCode } from './failure.js';
import { executeHere, openRun, outcomeExit, reportOutcome } from './run-here.js';
import { NO_SCREEN, screenOn } from './terminal/screen.js';
import { startState } from './variant/start-state.js';
import { planVariant, type Variant, type VariantWanted } from './variant/variant.js';

export interface VariantOptions extends VariantWanted {
  name?: string;
  project?: string;
  json?: boolean;
}

/** A run that is another one with something else, linked to it. */
export async function runVariant(client: ApiClient, options: VariantOptions): Promise<ExitCode> {
  const variant = await planVariant(client, options);
  const { original, config, located, here, changes } = variant;
  const screen = options.json ? NO_SCREEN : screenOn(process.stderr);
  for (const note of here.notes) screen.print(`  ${note}`);
  const start = await startState(client, variant, screen);
  const { project = original.project.name, name = nameOf(variant) } = options;
  const lease = await openRun(client, { config, seed: config.seed, name, project, links: [linkOf(variant)] });
  screen.print(`run ${lease.runId}, from ${original.id}: ${client.url}/runs/${lease.runId}`);
  const outcome = await executeHere(
    {
      ...{ client, lease, located, startedBy: 'run' as const, signal: interruption() },
      resumeFrom: start?.file,
      mayDiffer: true,
      preferredBackend: 'backend' in changes ? undefined : (here.backend ?? undefined),
    },
    screen,
  );
  if (start?.isMade) await rm(start.file, { force: true });
  await reportOutcome(client, outcome, options.json ?? false);
  return outcomeExit(outcome);
}

function linkOf({ original, step, isWarm, changes }: Variant): RunLinkInput {
  const isSame = Object.keys(changes).length === 0;
  const kind = isWarm ? 'warm_starts_from' : isSame ? 'resumes' : 'derives_from';
  return { fromId: original.id, kind, step, changes };
}

/** `quickstart, seed=8` */
function nameOf({ original, step, isWarm, changes }: Variant): string {
  const settings = Object.entries(changes).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const start = isWarm ? ['warm'] : step === null ? [] : [`from step ${step}`];
  return [original.name, ...start, ...settings].join(', ');
}
