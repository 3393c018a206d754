import type { NamedSeries } from '../../analysis/series-differences.js';
import type { ApiClient } from '../../api-client/api-client.js';
import { type ComputeEnvironment, environmentOf } from '../../core/compute-environment.js';
import { RanksweepError } from '../../core/errors.js';
import { BACKENDS, type Backend, type RunConfig } from '../../core/run-config.js';
import { resolveTrialConfig } from '../../core/sweep-config-trial.js';
import { parseRunConfig } from '../../core/yaml-run-config.js';
import { prepareReproduction } from '../reproduction/preparation.js';
import { fetchSeries } from '../reproduction/watch.js';
import { fetchRun } from '../run-report.js';
import { readText } from '../sweep.js';

/** What is probed. */
export interface ProbeTarget {
  /** its evaluations left out: they cost time and change no step */
  config: RunConfig;
  runId: string | null;
  /** what was recorded of it, and where that was; null: it has not run yet, or its record does not say where */
  recorded: { environment: ComputeEnvironment; series: NamedSeries[] } | null;
}

const isFile = (target: string) => /\.ya?ml$/.test(target);

/** @param target a run's ID, or a run config in YAML */
export async function probeTarget(client: ApiClient, target: string): Promise<ProbeTarget> {
  if (isFile(target)) {
    const config = parseRunConfig(await readText(target), target);
    return { config: withoutEvaluations(config), runId: null, recorded: null };
  }
  const run = await fetchRun(client, target);
  const { located, command, backend } = await prepareReproduction(client, run);
  if (command !== null) throw ofCommand(run.id);
  const config = resolveTrialConfig({ run: located as object }, {});
  const environment = environmentOf(run.provenance);
  const recorded = environment && { environment, series: await fetchSeries(client, run.id) };
  const itsBackend = BACKENDS.find((one) => one === backend) ?? config.backend;
  return { config: { ...withoutEvaluations(config), backend: itsBackend }, runId: run.id, recorded };
}

function withoutEvaluations(config: RunConfig): RunConfig {
  const data = { ...config.data, validation: null };
  const nothing = {
    evaluations: [],
    evaluationInterval: null,
    earlyStopping: null,
    checkpointInterval: null,
  };
  return { ...config, data, ...nothing };
}

function ofCommand(runId: string): RanksweepError {
  const message = `${runId} is the run of a command: only the steps of the built-in trainer can be probed`;
  return new RanksweepError('INVALID_INPUT', message, [{ field: 'target', message }]);
}

/** @throws RanksweepError INVALID_INPUT */
export function backendNamed(name: string): Backend {
  const backend = BACKENDS.find((one) => one === name);
  if (backend !== undefined) return backend;
  const message = `found ${JSON.stringify(name)}, allowed are ${BACKENDS.join(', ')}`;
  throw new RanksweepError('INVALID_INPUT', `--backend: ${message}`, [{ field: '--backend', message }]);
}
