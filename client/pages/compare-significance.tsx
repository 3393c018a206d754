import { metricFromJson } from '../../src/core/metric-value.js';
import { CALM_MS, useLiveQuery } from '../api/live-query.js';
import { ComparedEvaluationsDocument, type ComparedEvaluationsQuery } from '../api/operations.generated.js';
import { ROLE_NAMES } from '../format/evaluations.js';
import { formatNumber } from '../format/number.js';
import { Swatch } from '../parts/badge.js';
import { FigureMenu } from '../parts/figure-menu.js';
import { Failure, Loading } from '../parts/notice.js';
import { Section } from '../parts/section.js';
import type { ComparedRun } from './compare-data.js';

type Row = ComparedEvaluationsQuery['comparedEvaluations'][number];

interface SignificanceProps {
  runs: ComparedRun[];
  /** null: each run's own base model */
  baseline: ComparedRun | null;
}

/** Each run against the baseline on the same items, in words; corrected for the number of comparisons that the table has. */
export function CompareSignificance({ runs, baseline }: SignificanceProps) {
  const others = runs.filter(({ id }) => id !== baseline?.id).map(({ id }) => id);
  const variables = { runIds: others, baseline: baseline?.id };
  const { data, error } = useLiveQuery(ComparedEvaluationsDocument, variables, () => 12 * CALM_MS);
  const rows = data?.comparedEvaluations;
  if (rows?.length === 0) return null;
  const of = baseline?.name ?? 'the base model';
  const note = `against ${of}, on the items that both were scored on; 95 % for all ${rows?.length ?? ''} comparisons together`;
  return (
    <Section
      title="Is it really better?"
      note={note}
      controls={
        <FigureMenu
          name="compared evaluations"
          table={() => tableOf(rows ?? [])}
          query={{ operation: ComparedEvaluationsDocument, variables }}
        />
      }
    >
      {error && !rows && <Failure error={error} what="The comparison of single items" />}
      {!rows && !error && <Loading rows={others.length} />}
      {rows && <Rows rows={rows} runs={runs} />}
    </Section>
  );
}

function tableOf(rows: Row[]) {
  return {
    columns: ['run', 'role', 'set', 'score', 'n', 'gain', 'low', 'high', 'better', 'words'],
    rows: rows.map((row) => [
      ...[row.runId, row.role, row.name, row.score, row.items, row.gain, row.low, row.high],
      ...[row.better, row.words],
    ]),
  };
}

function Rows({ rows, runs }: { rows: Row[]; runs: ComparedRun[] }) {
  const names = new Map(runs.map(({ id, name }) => [id, name]));
  return (
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th>run</th>
            <th>role</th>
            <th>set</th>
            <th>score</th>
            <th class="number">n</th>
            <th class="number">better by</th>
            <th class="number">interval</th>
            <th>in words</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <ComparedRow
              key={`${row.runId}/${row.name}/${row.score}`}
              row={row}
              name={names.get(row.runId)!}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const LOOKS: Record<string, string> = { run: 'better', baseline: 'worse' };

function ComparedRow({ row, name }: { row: Row; name: string }) {
  const [gain, low, high] = [row.gain, row.low, row.high].map((value) => metricFromJson(value));
  return (
    <tr>
      <td>
        <Swatch runId={row.runId} />
        <a href={`/runs/${row.runId}`}>{name}</a>
      </td>
      <td>{ROLE_NAMES[row.role]}</td>
      <td>{row.name}</td>
      <td>{row.score.replaceAll('_', ' ')}</td>
      <td class="number">{formatNumber(row.items)}</td>
      <td class={`number ${LOOKS[row.better ?? ''] ?? ''}`} title={String(gain)}>
        {formatNumber(gain, 3)}
      </td>
      <td class="number">
        {formatNumber(low, 3)} to {formatNumber(high, 3)}
      </td>
      <td class="words">{row.words}</td>
    </tr>
  );
}
