import { useEffect, useRef, useState } from 'preact/hooks';
import { CALM_MS, LIVE_MS, useLiveQuery } from '../api/live-query.js';
import {
  type RunFilter,
  RunKeysDocument,
  RunsTableDocument,
  type RunsTableQuery,
} from '../api/operations.generated.js';
import { formatNumber } from '../format/number.js';
import { FigureMenu, type Table } from '../parts/figure-menu.js';
import { Empty, Failure, Loading, StaleNotice } from '../parts/notice.js';
import { statusText } from '../parts/status-line.js';
import { place, setParameters } from '../router.js';
import { ColumnChooser } from './column-chooser.js';
import { FilterBar } from './filter-bar.js';
import { columnOf, needsMetricSummaries, type RunRow } from './run-columns.js';
import { RunsOverlay } from './runs-overlay.js';
import { orderOf, type RunsState, runsStateOf } from './runs-state.js';
import { RunsTable } from './runs-table.js';

const FIRST_ROWS = 100;
/** the API gives at most so many rows at once; further ones are on the next page */
const MOST_ROWS = 1000;

const pace = ({ runs }: RunsTableQuery) =>
  runs.items.some(({ state }) => state === 'running') ? LIVE_MS : CALM_MS;

/** All runs: filter, sort, columns, selection; the selected ones' curves above the table. */
export function RunsPage() {
  const lastFilter = useRef<RunFilter>({});
  const state = runsStateOf(place.value.parameters, lastFilter.current);
  lastFilter.current = state.filter;
  const [wanted, setWanted] = useState(FIRST_ROWS);
  const { filter, after, columns } = state;
  useEffect(() => setWanted(FIRST_ROWS), [state.query, after]);
  const variables = {
    filter,
    orderBy: orderOf(state),
    first: wanted,
    after,
    metrics: needsMetricSummaries(columns),
  };
  const { data, error, isPending } = useLiveQuery(RunsTableDocument, variables, pace);
  const keys = useLiveQuery(RunKeysDocument, {}, () => CALM_MS).data?.runKeys;
  useStatus(data);
  return (
    <div class="page page-fill">
      <h1 class="sr-only">Runs</h1>
      <div class="filter">
        <FilterBar state={state} />
        <ColumnChooser columns={columns} keys={keys} />
        <FigureMenu
          name="runs"
          table={() => tableOf(data?.runs.items ?? [], columns)}
          query={{ operation: RunsTableDocument, variables }}
        />
      </div>
      {data ? (
        <StaleNotice error={error} what="The runs" />
      ) : (
        error && <Failure error={error} what="The runs" />
      )}
      {state.selected.length > 0 && (
        <RunsOverlay selected={state.selected} onClear={() => setParameters({ select: null })} />
      )}
      {!data && !error && <Loading rows={18} />}
      {data && (
        <Rows
          data={data}
          state={state}
          isPending={isPending}
          onEnd={() => setWanted(Math.min(MOST_ROWS, wanted + FIRST_ROWS))}
        />
      )}
    </div>
  );
}

function tableOf(runs: RunRow[], columns: string[]): Table {
  const shown = columns.filter((path) => !path.startsWith('curve.')).map(columnOf);
  const rows = runs.map((run) => [run.id, run.name, ...shown.map(({ read }) => read(run))]);
  return { columns: ['run', 'name', ...shown.map(({ path }) => path)], rows };
}

function useStatus(data: RunsTableQuery | undefined): void {
  const text = data ? `${formatNumber(data.runs.items.length)} of ${formatNumber(data.runs.total)} runs` : '';
  useEffect(() => {
    statusText.value = text;
    return () => {
      statusText.value = '';
    };
  }, [text]);
}

interface RowsProps {
  data: RunsTableQuery;
  state: RunsState;
  isPending: boolean;
  onEnd(): void;
}

function Rows({ data, state, isPending, onEnd }: RowsProps) {
  const { items, total, next } = data.runs;
  if (total === 0) return state.query === '' ? <NoRuns /> : <NoMatches />;
  return (
    <>
      <RunsTable
        rows={items}
        columns={state.columns.map(columnOf)}
        state={state}
        isPending={isPending}
        onEnd={next ? onEnd : () => {}}
      />
      {(state.after || items.length >= MOST_ROWS) && <Pages after={state.after} next={next} />}
    </>
  );
}

function Pages({ after, next }: { after: string | null; next: string | null }) {
  return (
    <div class="section-head">
      <button type="button" disabled={!after} onClick={() => setParameters({ after: null })}>
        First page
      </button>
      <button type="button" disabled={!next} onClick={() => setParameters({ after: next })}>
        Next page
      </button>
    </div>
  );
}

function NoRuns() {
  return (
    <Empty
      title="No runs yet"
      commands={[
        'npm run quickstart',
        'npx ranksweep sweep sweeps/quickstart.yaml --wait',
        'npx ranksweep run FILE',
      ]}
    >
      A run is the record of one training: its config, curves, scores and adapter. The quickstart makes the
      first ones in a few minutes; a sweep needs a worker (<code>npx ranksweep worker</code>). They appear
      here by themselves.
    </Empty>
  );
}

function NoMatches() {
  return (
    <Empty title="No run matches this filter" commands={[]}>
      <button type="button" onClick={() => setParameters({ q: null, after: null })}>
        Show all runs
      </button>
    </Empty>
  );
}
