import type { RunConfig } from '../core/run-config.js';
import { forecastRun, type RunForecast } from '../training/forecast.js';
import { probeBackend } from './probe-backend.js';

/** A forecast, or why the trial would fail before it begins. */
export type TrialForecast = { forecast: RunForecast } | { problem: string };

/** What the trials of a sweep would do and need on this machine. */
export async function forecastTrials(configs: readonly RunConfig[]): Promise<TrialForecast[]> {
  const forecasts: TrialForecast[] = [];
  for (const config of configs) forecasts.push(await forecastTrial(config));
  return forecasts;
}

const backends = new Map<string, ReturnType<typeof probeBackend>>();

async function forecastTrial(config: RunConfig): Promise<TrialForecast> {
  const probe = backends.get(config.backend) ?? probeBackend(config.backend);
  backends.set(config.backend, probe);
  const found = await probe;
  if ('reason' in found) return { problem: found.reason };
  try {
    return { forecast: await forecastRun(config, found.choice.backend) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
