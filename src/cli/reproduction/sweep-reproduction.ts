import type { ApiClient } from '../../api-client/api-client.js';
import type { VerdictFieldsFragment } from '../../api-client/operations.generated.js';
import { describeError } from '../../worker/describe-error.js';
import { printJson } from '../command-line.js';
import { EXIT, type ExitCode } from '../failure.js';
import { replaySweep, replayText, type SweepReplay } from '../replay.js';
import { textTable } from '../terminal/text-table.js';
import { exitOfVerdict, type JudgingOptions } from './expectation.js';

/** One run of the sweep: its verdict, or why there is none. */
export interface RepeatedRun {
  trial: number;
  runId: string;
  verdict: string | null;
  step: number | null;
  metric: string | null;
  why: string | null;
}

interface SweepOptions extends JudgingOptions {
  runs?: boolean;
  json?: boolean;
}

type Repeat<Options> = (
  client: ApiClient,
  id: string,
  options: Options,
) => Promise<{ preflight: unknown } | { verdict: VerdictFieldsFragment }>;

/** A stopped trial is not repeated: another history of the others stopped it. */
const REPEATED = ['finished', 'diverged'];

/** Replays the suggestions of a sweep, and if asked repeats its runs, one after the other. Exits with the worst of all codes. */
export async function reproduceSweep<Options extends SweepOptions>(
  client: ApiClient,
  id: string,
  options: Options,
  repeat: Repeat<Options>,
): Promise<ExitCode> {
  const replayed = await replaySweep(client, id);
  if (!options.json) process.stdout.write(`${replayText(replayed)}\n`);
  const runs = options.runs ? await repeatAll(client, replayed, options, repeat) : null;
  if (options.json) printJson(asJson(replayed, runs));
  else if (runs !== null) process.stdout.write(`${tableOf(runs)}\n`);
  if (replayed.first !== null) return EXIT.failed;
  return worstOf(runs ?? [], options);
}

async function repeatAll<Options extends SweepOptions>(
  client: ApiClient,
  { sweep }: SweepReplay,
  options: Options,
  repeat: Repeat<Options>,
): Promise<RepeatedRun[]> {
  const repeated: RepeatedRun[] = [];
  for (const { number: trial, run } of sweep.trials) {
    if (!run) continue;
    const none = { trial, runId: run.id, verdict: null, step: null, metric: null };
    if (REPEATED.includes(run.state)) {
      const why = (error: unknown) => ({ why: describeError(error) });
      const answer = await repeat(client, run.id, options).catch(why);
      if ('verdict' in answer) repeated.push({ ...none, ...placeOf(answer.verdict) });
      else repeated.push({ ...none, why: 'why' in answer ? answer.why : 'the preflight refused it' });
    } else repeated.push({ ...none, why: `it is ${run.state}` });
  }
  return repeated;
}

const placeOf = ({ verdict, step, metric }: VerdictFieldsFragment) => ({ verdict, step, metric, why: null });

function asJson({ sweep, results, first }: SweepReplay, runs: RepeatedRun[] | null) {
  return { sweep: sweep.id, suggestions: results.length, firstDifference: first, runs };
}

function tableOf(runs: readonly RepeatedRun[]): string {
  const rows = runs.map(({ trial, runId, verdict, step, metric, why }) => [
    ...[String(trial), runId, verdict?.replaceAll('_', ' ') ?? 'not repeated'],
    why ?? (metric === null ? '' : `${metric}${step === null ? '' : ` at step ${step}`}`),
  ]);
  return textTable(['trial', 'run', 'verdict', 'first difference, or why not'], rows);
}

/** What could not be repeated because of its state is no failure; what failed to repeat is. */
function worstOf(runs: readonly RepeatedRun[], { expect }: JudgingOptions): ExitCode {
  if (runs.some(({ verdict, why }) => verdict === null && !why?.startsWith('it is '))) return EXIT.failed;
  const codes = runs.flatMap(({ verdict }) => (verdict === null ? [] : [exitOfVerdict(verdict, expect)]));
  if (codes.includes(EXIT.failed)) return EXIT.failed;
  return codes.includes(EXIT.withinSeedVariance)
    ? EXIT.withinSeedVariance
    : (codes.find((code) => code !== EXIT.ok) ?? EXIT.ok);
}
