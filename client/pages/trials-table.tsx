import { useComputed } from '@preact/signals';
import { useState } from 'preact/hooks';
import { SweepDetailsDocument } from '../api/operations.generated.js';
import { digitsApart } from '../format/number.js';
import { formatDuration } from '../format/time.js';
import { Badge, Swatch } from '../parts/badge.js';
import { FigureMenu } from '../parts/figure-menu.js';
import { hoveredRun, hoverRun } from '../parts/hover.js';
import { Section } from '../parts/section.js';
import { place, setParameters } from '../router.js';
import { NumberCell, SettingCell } from './run-cell.js';
import { markOf, roleOf, type SweepDetails, type TrialDetails } from './sweep-data.js';
import {
  numberOf,
  sortTrials,
  type TrialColumn,
  type TrialSort,
  trialColumnsOf,
  trialSortOf,
  trialsTableOf,
} from './trial-columns.js';
import { whyText } from './why-text.js';

const SHOWN_AT_FIRST = 200;

/** All trials with parameters, results and the sampler's reason; `chosen` are those that pass the brushes, null: all. */
export function TrialsTable({ sweep, chosen }: { sweep: SweepDetails; chosen: Set<string> | null }) {
  const [isWhole, setWhole] = useState(false);
  const sort = trialSortOf(place.value.parameters);
  const columns = trialColumnsOf(sweep);
  const inside = sweep.trials.filter((trial) => chosen === null || chosen.has(markOf(trial)));
  const trials = sortTrials(
    inside,
    columns.find(({ key }) => key === sort.key),
    sort,
  );
  const query = { operation: SweepDetailsDocument, variables: { id: sweep.id } };
  return (
    <Section
      title="Trials"
      note={chosen ? `${trials.length} chosen of ${sweep.trials.length}` : `${trials.length}`}
      controls={
        <FigureMenu
          name={`${sweep.name} trials`}
          table={() => trialsTableOf(trials, columns)}
          query={query}
        />
      }
    >
      <Rows
        trials={isWhole ? trials : trials.slice(0, SHOWN_AT_FIRST)}
        columns={columns}
        sort={sort}
        sweep={sweep}
      />
      {!isWhole && trials.length > SHOWN_AT_FIRST && (
        <button type="button" class="plain" onClick={() => setWhole(true)}>
          Show all {trials.length} trials
        </button>
      )}
    </Section>
  );
}

interface RowsProps {
  trials: TrialDetails[];
  columns: TrialColumn[];
  sort: TrialSort;
  sweep: SweepDetails;
}

function Rows({ trials, columns, sort, sweep }: RowsProps) {
  const digits = new Map(
    columns.map(({ key, read }) => [key, digitsApart(trials.map((t) => numberOf(read(t))))]),
  );
  return (
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <HeadCell column={{ key: 'number', title: 'trial' }} sort={sort} />
            <th>state</th>
            {columns.map((column) => (
              <HeadCell key={column.key} column={column} sort={sort} isNumber />
            ))}
            <th class="number">time</th>
            <th>why this point</th>
          </tr>
        </thead>
        <tbody>
          {trials.map((trial) => (
            <TrialRow
              key={trial.id}
              trial={trial}
              columns={columns}
              digits={digits}
              role={roleOf(trial, sweep)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadCellProps {
  column: { key: string; title: string; over?: string };
  sort: TrialSort;
  isNumber?: boolean;
}

function HeadCell({ column, sort, isNumber }: HeadCellProps) {
  const isSorted = sort.key === column.key;
  const next = isSorted && !sort.isDescending ? `-${column.key}` : column.key;
  const direction = sort.isDescending ? 'descending' : 'ascending';
  return (
    <th class={isNumber ? 'number' : ''} aria-sort={isSorted ? direction : undefined} title={column.key}>
      <button
        type="button"
        class="sort"
        onClick={() => setParameters({ trials: next === 'number' ? null : next })}
      >
        {column.over && <small class="over">{column.over}</small>}
        {column.title}
        {isSorted && <span aria-hidden="true">{sort.isDescending ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  );
}

interface TrialRowProps {
  trial: TrialDetails;
  columns: TrialColumn[];
  digits: Map<string, number>;
  role: ReturnType<typeof roleOf>;
}

function TrialRow({ trial, columns, digits, role }: TrialRowProps) {
  const mark = markOf(trial);
  const isHovered = useComputed(() => hoveredRun.value === mark).value;
  return (
    <tr
      class={isHovered ? 'is-hovered' : ''}
      onPointerEnter={() => hoverRun(mark)}
      onPointerLeave={() => hoverRun(null)}
    >
      <td>
        <Swatch runId={mark} />{' '}
        {trial.run ? <a href={`/runs/${trial.run.id}`}>trial {trial.number}</a> : `trial ${trial.number}`}
        {role && <span class="badge good best-badge">{role}</span>}
        {trial.attempts > 1 && <small title="attempts"> {trial.attempts} attempts</small>}
      </td>
      <td>
        <Badge state={trial.state} title={trial.run?.stopReason ?? trial.run?.error ?? undefined} />
      </td>
      {columns.map(({ key, kind, read }) =>
        kind === 'metric' ? (
          <NumberCell
            key={key}
            value={numberOf(read(trial))}
            digits={digits.get(key) ?? 3}
            isBest={role !== undefined && key === 'objective'}
          />
        ) : (
          <SettingCell key={key} value={read(trial)} isNumber />
        ),
      )}
      <td class="number">{timeOf(trial)}</td>
      <td class="wide">{whyText(trial)}</td>
    </tr>
  );
}

function timeOf({ run }: TrialDetails): string {
  if (!run) return '–';
  return formatDuration((run.endedAt ? Date.parse(run.endedAt) : Date.now()) - Date.parse(run.startedAt));
}
