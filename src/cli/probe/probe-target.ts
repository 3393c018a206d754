import type { NamedSeries } from '../../analysis/series-differences.js';
import type { ApiClient } from '../../api-client/api-client.js';
import { type ComputeEnvironment, environmentOf } from '../../core/compute-environment.js';
import { RanksweepError } from '../../core/errors.js';
import { BACKENDS, type Backend, type RunConfig } from '../../core/run-config.js';
import { parseRunConfig } from '../../core/yaml-run-config.js';
import { inputsHere } from '../reproduction/inputs-here.js';
import { openOriginal } from '../reproduction/original.js';
import { fetchSeries } from '../reproduction/watch.js';
import { readWithSuite } from '../sweep.js';

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
    const config = parseRunConfig(await readWithSuite(target), target);
    return { config: withoutEvaluations(config), runId: null, recorded: null };
  }
  const original = await openOriginal(client, target);
  const { located, backend } = await inputsHere(client, original, 'target');
  const { run } = original;
  const environment = environmentOf(run.provenance);
  const recorded = environment && { environment, series: await fetchSeries(client, run.id) };
  const config = { ...withoutEvaluations(located), backend: backend ?? located.backend };
  return { config, runId: run.id, recorded };
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

/** @throws RanksweepError INVALID_INPUT */
export function backendNamed(name: string): Backend {
  const backend = BACKENDS.find((one) => one === name);
  if (backend !== undefined) return backend;
  const message = `found ${JSON.stringify(name)}, allowed are ${BACKENDS.join(', ')}`;
  throw new RanksweepError('INVALID_INPUT', `--backend: ${message}`, [{ field: '--backend', message }]);
}
