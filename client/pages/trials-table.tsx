import { useComputed } from '@preact/signals';
import { useState } from 'preact/hooks';
import { SweepDetailsDocument } from '../api/operations.generated.js';
import { recordOf, summaryFact, summaryMetric } from '../format/json.js';
import { digitsApart } from '../format/number.js';
import { formatDuration } from '../format/time.js';
import { Badge, Swatch } from '../parts/badge.js';
import { FigureMenu, type Table } from '../parts/figure-menu.js';
import { hoveredRun, hoverRun } from '../parts/hover.js';
import { Section } from '../parts/section.js';
import { NumberCell, SettingCell } from './run-cell.js';
import {
  markOf,
  objectiveOf,
  objectiveValue,
  type SweepDetails,
  shortNames,
  type TrialDetails,
} from './sweep-data.js';
import { whyText } from './why-text.js';

interface TrialColumn {
  key: string;
  title: string;
  over?: string;
  kind: 'metric' | 'setting';
  read(trial: TrialDetails): unknown;
}

const SHOWN_AT_FIRST = 200;

interface Sort {
  key: string;
  isDescending: boolean;
}

/** All trials with parameters, results and the sampler's reason; `chosen` are those that pass the brushes, null: all. */
export function TrialsTable({ sweep, chosen }: { sweep: SweepDetails; chosen: Set<string> | null }) {
  const [sort, setSort] = useState<Sort>({ key: 'number', isDescending: false });
  const [isWhole, setWhole] = useState(false);
  const columns = columnsOf(sweep);
  const digits = new Map(
    columns.map((c) => [c.key, digitsApart(sweep.trials.map((t) => numberOf(c.read(t))))]),
  );
  const shown = sorted(
    sweep.trials.filter((trial) => chosen === null || chosen.has(markOf(trial))),
    columns.find(({ key }) => key === sort.key),
    sort,
  );
  const isLong = !isWhole && shown.length > SHOWN_AT_FIRST;
  const sortBy = (key: string) => setSort({ key, isDescending: sort.key === key && !sort.isDescending });
  return (
    <Section
      title="Trials"
      note={chosen ? `${shown.length} chosen of ${sweep.trials.length}` : `${shown.length}`}
      controls={
        <FigureMenu
          name={`${sweep.name} trials`}
          table={() => tableOf(shown, columns)}
          query={{ operation: SweepDetailsDocument, variables: { id: sweep.id } }}
        />
      }
    >
      <div class="table-scroll">
        <table>
          <thead>
            <tr>
              <HeadCell column={{ key: 'number', title: 'trial' }} sort={sort} onSort={sortBy} />
              <th>state</th>
              {columns.map((column) => (
                <HeadCell key={column.key} column={column} sort={sort} onSort={sortBy} isNumber />
              ))}
              <th class="number">time</th>
              <th>why this point</th>
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, isLong ? SHOWN_AT_FIRST : undefined).map((trial) => (
              <TrialRow
                key={trial.id}
                trial={trial}
                columns={columns}
                digits={digits}
                isBest={trial.id === sweep.best?.id}
              />
            ))}
          </tbody>
        </table>
      </div>
      {isLong && (
        <button type="button" class="plain" onClick={() => setWhole(true)}>
          Show all {shown.length} trials
        </button>
      )}
    </Section>
  );
}

const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined);

function columnsOf(sweep: SweepDetails): TrialColumn[] {
  const names = [...new Set(sweep.trials.flatMap(({ parameters }) => Object.keys(recordOf(parameters))))];
  const titles = shortNames(names);
  const objective = objectiveOf(sweep).name;
  const metric = (name: string, title: string, over?: string): TrialColumn => ({
    ...{ key: name, title, over, kind: 'metric' },
    read: ({ run }) => summaryMetric(run?.summary, name),
  });
  return [
    { key: 'objective', title: objective, over: 'objective', kind: 'metric', read: objectiveValue },
    ...names.map(
      (name): TrialColumn => ({
        ...{ key: name, title: titles.get(name)!, kind: 'setting' },
        read: (trial) => recordOf(trial.parameters)[name],
      }),
    ),
    ...(objective === 'in_domain/loss' ? [] : [metric('in_domain/loss', 'loss', 'in-domain')]),
    metric('out_of_domain/loss', 'loss', 'out-of-domain'),
    metric('base_capability/change', 'change', 'base capability'),
    {
      ...{ key: 'trainable', title: 'parameters', over: 'trainable', kind: 'setting' },
      read: ({ run }) => summaryFact(run?.summary, 'trainableParameters'),
    },
  ];
}

function tableOf(trials: TrialDetails[], columns: TrialColumn[]): Table {
  const names = columns.map(({ key }) => key);
  const rows = trials.map((trial) => [
    ...[trial.number, trial.run?.id, trial.state],
    ...columns.map(({ read }) => read(trial)),
    whyText(trial),
  ]);
  return { columns: ['trial', 'run', 'state', ...names, 'why'], rows };
}

/** Missing values and NaN stay at the end whichever way the order goes. */
function sorted(
  trials: TrialDetails[],
  column: TrialColumn | undefined,
  { isDescending }: Sort,
): TrialDetails[] {
  const read = column ? column.read : (trial: TrialDetails) => trial.number;
  const sign = isDescending ? -1 : 1;
  const isMissing = (value: unknown) => value === undefined || value === null || Number.isNaN(value);
  return [...trials].sort((a, b) => {
    const [x, y] = [read(a), read(b)];
    if (isMissing(x) || isMissing(y)) return Number(isMissing(x)) - Number(isMissing(y));
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
    return sign * String(x).localeCompare(String(y));
  });
}

interface HeadCellProps {
  column: { key: string; title: string; over?: string };
  sort: Sort;
  isNumber?: boolean;
  onSort(key: string): void;
}

function HeadCell({ column, sort, isNumber, onSort }: HeadCellProps) {
  const isSorted = sort.key === column.key;
  const direction = sort.isDescending ? 'descending' : 'ascending';
  return (
    <th class={isNumber ? 'number' : ''} aria-sort={isSorted ? direction : undefined} title={column.key}>
      <button type="button" class="sort" onClick={() => onSort(column.key)}>
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
  isBest: boolean;
}

function TrialRow({ trial, columns, digits, isBest }: TrialRowProps) {
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
        {isBest && <span class="badge good best-badge">best</span>}
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
            isBest={isBest && key === 'objective'}
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
