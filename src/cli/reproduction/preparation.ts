import type { ApiClient } from '../../api-client/api-client.js';
import { RanksweepError } from '../../core/errors.js';
import type { Provenance } from '../../worker/provenance.js';
import type { RunRecord } from '../run-report.js';
import { locateInputs } from './locate-inputs.js';

/** All that a past run needs to be executed here. */
export interface Preparation {
  /** the recorded config, with the paths where its inputs are now */
  located: unknown;
  /** null: the built-in trainer */
  command: string[] | null;
  /** the backend that it had; null: it was no trainer's, or its record does not say */
  backend: string | null;
  /** a sentence for each input that moved */
  notes: string[];
}

/** @throws RanksweepError naming each input that is nowhere, or a command that cannot be repeated */
export async function prepareReproduction(client: ApiClient, original: RunRecord): Promise<Preparation> {
  const provenance = original.provenance as Partial<Provenance>;
  const command = commandOf(provenance);
  const { config: located, notes } = await locateInputs(client, original);
  return { located, command, backend: provenance.backend?.name ?? null, notes };
}

/** Null: the built-in trainer's. A command's run holds it as it was started. */
function commandOf({ executes, command }: Partial<Provenance>): string[] | null {
  if (executes !== 'command' || !command) return null;
  if (!command.some((argument) => argument.includes('[removed]'))) return command;
  throw new RanksweepError(
    'CONFLICT',
    'The run’s command had a secret among its arguments, which its record does not hold.',
  );
}
