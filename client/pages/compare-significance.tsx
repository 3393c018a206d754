import { useEffect, useState } from 'preact/hooks';
import type { NamedPairs, PairedComparison } from '../../src/analysis/paired-comparison.js';
import { metricFromJson } from '../../src/core/metric-value.js';
import { AlignedItemsDocument, type AlignedItemsQuery } from '../api/operations.generated.js';
import { request } from '../api/request.js';
import { ROLE_NAMES } from '../format/evaluations.js';
import { formatNumber } from '../format/number.js';
import { Swatch } from '../parts/badge.js';
import { Failure, Loading } from '../parts/notice.js';
import { Section } from '../parts/section.js';
import type { ComparedRun, ScoredSet } from './compare-data.js';

interface Pair {
  run: ComparedRun;
  set: ScoredSet;
}

interface Judged extends Pair {
  result: PairedComparison;
}

interface SignificanceProps {
  runs: ComparedRun[];
  baseline: ComparedRun;
  sets: ScoredSet[];
}

/** Each run against the baseline on the same items, in words; corrected for the number of comparisons that the table has. */
export function CompareSignificance({ runs, baseline, sets }: SignificanceProps) {
  const others = runs.filter(({ id }) => id !== baseline.id);
  const pairs = others.flatMap((run) =>
    sets.filter((set) => has(run, set) && has(baseline, set)).map((set) => ({ run, set })),
  );
  const { judged, error } = useJudged(pairs, baseline);
  const note = `against ${baseline.name}, on the items that both were scored on; ${pairs.length} comparisons, 95 % for all of them together`;
  if (pairs.length === 0) return null;
  return (
    <Section title="Is it really better?" note={note}>
      {error && <Failure error={error} what="The scores of single items" />}
      {!judged && !error && <Loading rows={pairs.length} />}
      {judged && (
        <div class="table-scroll">
          <table>
            <thead>
              <tr>
                <th>run</th>
                <th>role</th>
                <th>set and score</th>
                <th class="number">n</th>
                <th class="number">better by</th>
                <th class="number">interval</th>
                <th>in words</th>
              </tr>
            </thead>
            <tbody>{judged.map(rowOf)}</tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

const has = ({ evaluations }: ComparedRun, { name, score }: ScoredSet) =>
  evaluations.some((one) => one.name === name && one.scores.some((other) => other.score === score));

function rowOf({ run, set, result }: Judged) {
  const { gain, interval, items, better, words } = result;
  const look = better === 'first' ? 'better' : better === 'second' ? 'worse' : '';
  return (
    <tr key={`${run.id}/${set.key}`}>
      <td>
        <Swatch runId={run.id} />
        <a href={`/runs/${run.id}`}>{run.name}</a>
      </td>
      <td title={set.distance ?? undefined}>{ROLE_NAMES[set.role]}</td>
      <td>{set.label}</td>
      <td class="number">{formatNumber(items)}</td>
      <td class={`number ${look}`} title={String(gain)}>
        {formatNumber(gain, 3)}
      </td>
      <td class="number">
        {formatNumber(interval[0], 3)} to {formatNumber(interval[1], 3)}
      </td>
      <td class="words">{words}</td>
    </tr>
  );
}

/** Asked for and computed once for each choice of runs: items of runs that have ended do not change. The statistics come when they are needed. */
function useJudged(pairs: Pair[], baseline: ComparedRun): { judged?: Judged[]; error?: Error } {
  const [answer, setAnswer] = useState<{ judged?: Judged[]; error?: Error }>({});
  const key = [baseline.id, ...pairs.map(({ run, set }) => `${run.id}${set.key}`)].join();
  useEffect(() => {
    let isWanted = true;
    setAnswer({});
    judge(pairs, baseline).then(
      (judged) => isWanted && setAnswer({ judged }),
      (error: Error) => isWanted && setAnswer({ error }),
    );
    return () => {
      isWanted = false;
    };
  }, [key]);
  return answer;
}

async function judge(pairs: Pair[], baseline: ComparedRun): Promise<Judged[]> {
  const [{ comparePairs }, ...items] = await Promise.all([
    import('../../src/analysis/paired-comparison.js'),
    ...pairs.map(({ run, set }) =>
      request(AlignedItemsDocument, { runIds: [run.id, baseline.id], name: set.name, score: set.score }),
    ),
  ]);
  const named = pairs.map(({ run, set }, i) => pairsOf(`${run.id}/${set.key}`, set, items[i]!));
  return comparePairs(named).map((result, i) => ({ ...pairs[i]!, result }));
}

function pairsOf(name: string, { score }: ScoredSet, { alignedItems }: AlignedItemsQuery): NamedPairs {
  const { goal, weights } = alignedItems;
  const [values, base] = (alignedItems.values as unknown[][]).map(numbers);
  return {
    ...{ name, goal, values: values!, base: base!, unit: score.replaceAll('_', ' ') },
    weights: weights === null || weights === undefined ? null : numbers(weights as unknown[]),
  };
}

const numbers = (values: readonly unknown[]) => values.map((value) => metricFromJson(value) ?? Number.NaN);
