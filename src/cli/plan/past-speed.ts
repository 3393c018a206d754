import { ApiClient } from '../../api-client/api-client.js';
import { PastRunsDocument } from '../../api-client/operations.generated.js';
import type { RunConfig } from '../../core/run-config.js';

/** Tokens/s of whole runs, evaluation and loading included. */
export interface PastSpeed {
  runs: number;
  /** median */
  tokensPerSecond: number;
  lowest: number;
  highest: number;
}

/** Of finished runs of the same model, method and quantisation; null if there are none, or no server. */
export async function pastSpeed(url: string, config: RunConfig): Promise<PastSpeed | null> {
  const client = new ApiClient(url);
  const answer = await client.request(PastRunsDocument, { model: config.model }).catch(() => null);
  const speeds = (answer?.runs.items ?? [])
    .filter((run) => isAlike(run.config, config))
    .flatMap(({ summary }) => speedOf(summary?.facts ?? {}))
    .sort((a, b) => a - b);
  if (speeds.length === 0) return null;
  const median = speeds[Math.floor(speeds.length / 2)]!;
  return { runs: speeds.length, tokensPerSecond: median, lowest: speeds[0]!, highest: speeds.at(-1)! };
}

function isAlike(past: Partial<RunConfig>, { method, quantization }: RunConfig): boolean {
  return past.method === method && (past.quantization ?? 'none') === quantization;
}

function speedOf({ tokens, seconds }: { tokens?: unknown; seconds?: unknown }): number[] {
  const isKnown = typeof tokens === 'number' && typeof seconds === 'number' && tokens > 0 && seconds > 0;
  return isKnown ? [tokens / seconds] : [];
}
