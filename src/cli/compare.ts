import type { Command } from 'commander';
import { comparePairs, type NamedPairs, type PairedComparison } from '../analysis/paired-comparison.js';
import type { ApiClient } from '../api-client/api-client.js';
import { ComparedItemsDocument, RunScoresDocument } from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import { metricFromJson } from '../core/metric-value.js';
import { clientOf, printJson, runCommand, type ServerOptions, withServer } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';

interface CompareOptions extends ServerOptions {
  set?: string;
  score?: string;
  clustered?: boolean;
}
interface Scored {
  set: string;
  score: string;
}

export function addCompare(program: Command): void {
  withServer(program.command('compare'))
    .description(
      'compare two runs on the same items of every set and score that both have, corrected for their number',
    )
    .argument('<run>', 'ID of a run, or the beginning of it')
    .argument('<other>', 'the run that it is held against')
    .option('--set <name>', 'on this set only')
    .option('--score <name>', 'by this score only')
    .option('--clustered', 'items of one group were not drawn independently: count groups')
    .action((run: string, other: string, options: CompareOptions) =>
      runCommand(options, () => compare(run, other, options)),
    );
}

async function compare(run: string, other: string, options: CompareOptions): Promise<ExitCode> {
  const client = clientOf(options);
  const scores = await commonScores(client, run, other, options);
  const pairs: NamedPairs[] = [];
  for (const one of scores) pairs.push(await pairsOf(client, [run, other], one, options));
  const comparisons = comparePairs(pairs);
  if (options.json) printJson(comparisons);
  else process.stdout.write(comparisonText(comparisons));
  return EXIT.ok;
}

/** @throws RanksweepError NOT_FOUND if they share none */
async function commonScores(
  client: ApiClient,
  run: string,
  other: string,
  options: CompareOptions,
): Promise<Scored[]> {
  const [mine, theirs] = [await scoresOf(client, run), await scoresOf(client, other)];
  const both = mine.filter((one) => theirs.some(({ set, score }) => set === one.set && score === one.score));
  const wanted = both.filter(
    ({ set, score }) => set === (options.set ?? set) && score === (options.score ?? score),
  );
  if (wanted.length > 0) return wanted;
  const asked = options.set || options.score ? ', or none that was asked for' : '';
  throw new RanksweepError('NOT_FOUND', `${run} and ${other} have no score on a set in common${asked}.`);
}

async function scoresOf(client: ApiClient, id: string): Promise<Scored[]> {
  const { run } = await client.request(RunScoresDocument, { id });
  if (!run) throw new RanksweepError('NOT_FOUND', `There is no run "${id}".`);
  return run.evaluations.flatMap(({ name, scores }) => scores.map(({ score }) => ({ set: name, score })));
}

async function pairsOf(
  client: ApiClient,
  runIds: [string, string],
  { set, score }: Scored,
  { clustered }: CompareOptions,
): Promise<NamedPairs> {
  const { alignedItems, evaluationItems } = await client.request(ComparedItemsDocument, {
    runIds,
    run: runIds[0],
    name: set,
    score,
  });
  const numbers = (list: readonly unknown[]) =>
    Float64Array.from(list, (one) => metricFromJson(one) ?? Number.NaN);
  const [values, base] = alignedItems.values as unknown[][];
  const keys = alignedItems.keys as string[];
  return {
    ...{ name: `${set} ${score}`, goal: alignedItems.goal, values: numbers(values!), base: numbers(base!) },
    weights: alignedItems.weights ?? null,
    clusters: clustered ? groupsOf(keys, evaluationItems) : null,
  };
}

/** The groups of the items that are compared, by their keys. */
function groupsOf(
  keys: readonly string[],
  all: { keys: unknown; groups?: unknown } | null | undefined,
): (string | null)[] | null {
  if (!all?.groups) return null;
  const groups = all.groups as (string | null)[];
  const groupOf = new Map((all.keys as string[]).map((key, i) => [key, groups[i] ?? null]));
  return keys.map((key) => groupOf.get(key) ?? null);
}

export function comparisonText(comparisons: readonly PairedComparison[]): string {
  const width = Math.max(...comparisons.map(({ name }) => name.length));
  const lines = comparisons.map(({ name, words, left }) => {
    const without = left === 0 ? '' : ` (${left} items without a score left out)`;
    return `${name.padEnd(width)}  ${words}${without}\n`;
  });
  const count =
    comparisons.length === 1
      ? ''
      : `Intervals and tests are corrected for ${comparisons.length} comparisons.\n`;
  return lines.join('') + count;
}
