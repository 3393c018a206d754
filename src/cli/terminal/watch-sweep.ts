import type { ApiClient } from '../../api-client/api-client.js';
import { ConnectionError } from '../../api-client/connection-error.js';
import { SweepProgressDocument } from '../../api-client/operations.generated.js';
import { delay } from '../../api-client/retry.js';
import { RanksweepError } from '../../core/errors.js';
import type { SweepConfig } from '../../core/sweep-config.js';
import { formatNumber, formatSeconds } from './number-format.js';
import { progressLine } from './progress-bar.js';
import type { Screen } from './screen.js';
import { type SweepProgress, shortName, type TrialRow } from './trial-table.js';

const LOOK_MS = 500;
const PATIENCE_MS = 60_000;

export async function fetchSweep(client: ApiClient, id: string): Promise<SweepProgress> {
  const { sweep } = await client.request(SweepProgressDocument, { id });
  if (sweep) return sweep;
  throw new RanksweepError('NOT_FOUND', `There is no sweep ${id}.`);
}

/**
 * Shows a sweep's trials until it has ended or the signal is given: ended trials as lines that stay, running ones as bars. A server that is
 * away for less than a minute is waited for.
 * @returns the sweep as it was last
 */
export async function watchSweep(
  client: ApiClient,
  id: string,
  screen: Screen,
  signal: AbortSignal,
): Promise<SweepProgress> {
  const reported = new Set<string>();
  let sweep = await fetchSweep(client, id);
  let seenAt = Date.now();
  for (;;) {
    show(sweep, screen, reported);
    if (signal.aborted || isOver(sweep)) break;
    await delay(LOOK_MS);
    const next = await fetchUnlessAway(client, id, seenAt);
    if (next !== null) [sweep, seenAt] = [next, Date.now()];
  }
  screen.end();
  return sweep;
}

async function fetchUnlessAway(client: ApiClient, id: string, seenAt: number): Promise<SweepProgress | null> {
  try {
    return await fetchSweep(client, id);
  } catch (error) {
    if (error instanceof ConnectionError && Date.now() - seenAt < PATIENCE_MS) return null;
    throw error;
  }
}

/** A cancelled sweep's last trials may still be on their way to the end. */
function isOver({ state, trials }: SweepProgress): boolean {
  return (
    (state === 'finished' || state === 'cancelled') && !trials.some((trial) => trial.state === 'running')
  );
}

function show(sweep: SweepProgress, screen: Screen, reported: Set<string>): void {
  for (const trial of sweep.trials) {
    if (trial.state === 'queued' || trial.state === 'running' || reported.has(trial.id)) continue;
    reported.add(trial.id);
    screen.print(endedLine(trial, sweep));
  }
  screen.show(
    sweep.trials
      .filter((trial) => trial.state === 'running')
      .map((trial) => runningLine(trial, sweep, screen.columns)),
  );
}

function endedLine(trial: TrialRow, sweep: SweepProgress): string {
  const { run, state } = trial;
  const seconds = run?.endedAt ? (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000 : 0;
  const score = sweep.metric ? scoreOf(trial, sweep) : '';
  const error = run?.error ? `\n    ${run.error.split('\n').slice(0, 5).join('\n    ')}` : '';
  const parts = [labelOf(trial, sweep), `${state} in ${formatSeconds(seconds)}`, score, detailOf(trial)];
  return parts.filter((part) => part !== '').join('  ') + error;
}

function scoreOf({ objective, outcomes }: TrialRow, { metric, config }: SweepProgress): string {
  const { metrics } = config as SweepConfig;
  if (metrics === undefined) return `${metric.name} ${formatNumber(objective)}`;
  return metrics.map(({ name }) => `${name} ${formatNumber(outcomes?.[name])}`).join(', ');
}

function runningLine(trial: TrialRow, sweep: SweepProgress, columns: number | null): string {
  const metrics = trial.run?.metrics ?? [];
  const find = (name: string) => metrics.find((metric) => metric.name === name);
  const loss = find('train/loss') ?? (sweep.metric ? find(sweep.metric.name) : undefined) ?? metrics[0];
  const number = (name: string) => {
    const value = find(name)?.last;
    return typeof value === 'number' ? value : null;
  };
  const progress = {
    label: labelOf(trial, sweep),
    step: loss?.lastStep ?? 0,
    steps: trial.run?.config?.steps ?? null,
    loss: loss?.last ?? null,
    tokensPerSecond: number('train/tokens_per_second'),
    learningRate: number('train/learning_rate'),
    gradientNorm: number('train/grad_norm'),
    memoryBytes: number('train/memory_bytes'),
    secondsLeft: number('train/seconds_left'),
    detail: detailOf(trial),
  };
  return progressLine(progress, columns);
}

function labelOf(trial: TrialRow, sweep: SweepProgress): string {
  const total = sweep.plannedTrials === null ? '' : `/${sweep.plannedTrials}`;
  return `trial ${String(trial.number).padStart(String(sweep.plannedTrials ?? '').length)}${total}`;
}

function detailOf({ parameters }: TrialRow): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${shortName(name)} ${formatNumber(value)}`)
    .join(', ');
}
