import type { ApiClient } from '../../api-client/api-client.js';
import { environmentOf } from '../../core/compute-environment.js';
import { RanksweepError } from '../../core/errors.js';
import type { Backend, RunConfig } from '../../core/run-config.js';
import { BACKENDS } from '../../core/run-config.js';
import { resolveTrialConfig } from '../../core/sweep-config-trial.js';
import { inputText, refuseMissing } from './input-plan.js';
import { fetchInputs, locatedConfig, planInputs } from './locate-inputs.js';
import type { Original } from './original.js';

/** A past run of the built-in trainer, with all that it reads in reach. */
export interface InputsHere {
  /** the recorded config, every default filled in */
  recorded: RunConfig;
  /** the same with the paths where its inputs are now */
  located: RunConfig;
  /** that it had; null: its record does not say */
  backend: Backend | null;
  /** a sentence for each input that is elsewhere now */
  notes: string[];
}

/** @throws RanksweepError INVALID_INPUT for the run of a command, NOT_FOUND naming each input that is nowhere */
export async function inputsHere(client: ApiClient, original: Original, field: string): Promise<InputsHere> {
  const { run } = original;
  if ((run.provenance as { executes?: string } | null)?.executes === 'command')
    throw ofCommand(run.id, field);
  const plans = await planInputs(original);
  refuseMissing(plans);
  await fetchInputs(client, plans);
  const complete = (config: unknown) => resolveTrialConfig({ run: config as object }, {});
  const name = environmentOf(run.provenance)?.backend;
  return {
    recorded: complete(run.config),
    located: complete(locatedConfig(run.config, plans)),
    backend: BACKENDS.find((backend) => backend === name) ?? null,
    notes: plans.filter(({ from, to }) => to !== null && from !== to).map(inputText),
  };
}

function ofCommand(id: string, field: string): RanksweepError {
  const message = `${id} is the run of a command: only the steps of the built-in trainer are known`;
  return new RanksweepError('INVALID_INPUT', message, [{ field, message }]);
}
