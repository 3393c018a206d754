import type { Command } from 'commander';
import type { ApiClient } from '../api-client/api-client.js';
import { SweepSuggestionsDocument, type SweepSuggestionsQuery } from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { type Replayed, replaySuggestions } from '../search/replay.js';
import type { SearchPolicy, TrialRecord } from '../search/sampler.js';
import { policyOf } from '../search/suggest.js';
import { clientOf, printJson, runCommand, type ServerOptions, withServer } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { whatIfReport } from './what-if.js';

interface ReplayOptions extends ServerOptions {
  whatIf?: string;
}

type Sweep = NonNullable<SweepSuggestionsQuery['sweep']>;

export function addReplay(program: Command): void {
  withServer(program.command('replay'))
    .description('recompute every suggestion of a sweep from what its search saw: exit code 1 if one differs')
    .argument('<sweep>', 'ID of the sweep, or the beginning of it')
    .option(
      '--what-if <rule>',
      "replay another stopping rule over the sweep's curves instead: as under early_terminate, e.g. '{type: asha, eta: 3}', or a YAML file",
    )
    .action((id: string, options: ReplayOptions) =>
      runCommand(options, () =>
        options.whatIf ? whatIfReport(id, options.whatIf, options) : replay(id, options),
      ),
    );
}

export interface SweepReplay {
  sweep: Sweep;
  results: Replayed[];
  /** null: all suggestions come out the same */
  first: Replayed | null;
}

/** Recomputes every suggestion of a sweep from what its search saw. @throws RanksweepError NOT_FOUND */
export async function replaySweep(client: ApiClient, id: string): Promise<SweepReplay> {
  const { sweep } = await client.request(SweepSuggestionsDocument, { id });
  if (!sweep) throw new RanksweepError('NOT_FOUND', `There is no sweep ${id}`);
  const results = [...replayOf(sweep)];
  return { sweep, results, first: results.find(({ verdict }) => verdict !== 'same') ?? null };
}

async function replay(id: string, options: ReplayOptions): Promise<ExitCode> {
  const { sweep, results, first } = await replaySweep(clientOf(options), id);
  if (options.json)
    printJson({ sweep: sweep.id, suggestions: results.length, firstDifference: first, results });
  else process.stdout.write(`${replayText({ sweep, results, first })}\n`);
  return first === null ? EXIT.ok : EXIT.failed;
}

function replayOf(sweep: Sweep): Generator<Replayed> {
  const config = sweep.config as SweepConfig;
  const warm = (sweep.warmStart as { history: TrialRecord[] }[]).flatMap(({ history }) => history);
  const stored = sweep.trials.map(({ parameters, replicate, historyHash, historyChanges }) => ({
    ...{ params: parameters, replicate, historyHash, historyChanges },
  }));
  return replaySuggestions(
    config.parameters,
    warm,
    stored,
    (trial) => policyAt(sweep, config, trial),
    sweep.seed,
  );
}

/** As the sweep's limits were when the trial was suggested. */
function policyAt({ edits }: Sweep, config: SweepConfig, trial: number): SearchPolicy {
  const lastOf = (wanted: string) =>
    (edits as { field: string; afterTrial: number; to: unknown }[]).findLast(
      ({ field, afterTrial }) => field === wanted && afterTrial < trial,
    )?.to;
  const runCap = lastOf('runCap') as number | null | undefined;
  const referencePoint = lastOf('referencePoint') as SearchPolicy['referencePoint'];
  return {
    ...{ ...policyOf(config), runCap: runCap === undefined ? config.runCap : runCap },
    ...(referencePoint && { referencePoint }),
  };
}

/** All the same, or the first that is not. */
export function replayText({ sweep, results, first }: SweepReplay): string {
  if (first === null) return `${sweep.id}: all ${results.length} suggestions come out the same`;
  const same = results.filter(({ verdict }) => verdict === 'same').length;
  const head = `${sweep.id}: ${same} of ${results.length} suggestions come out the same; the first that does not is trial ${first.trial}`;
  if (first.verdict !== 'different') return `${head}: ${'why' in first ? first.why : ''}`;
  const suggested = first.suggested === null ? 'none, the space is used up' : JSON.stringify(first.suggested);
  return `${head}\n  stored:    ${JSON.stringify(first.stored)}\n  suggested: ${suggested}`;
}
