import { useComputed } from '@preact/signals';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { digitsApart } from '../format/number.js';
import { Swatch } from '../parts/badge.js';
import { hoveredRun, hoverRun } from '../parts/hover.js';
import { Cell } from './run-cell.js';
import type { RunColumn, RunRow } from './run-columns.js';
import { type RunsState, sortBy, toggleSelected } from './runs-state.js';

const ROW = 28;
const OVERSCAN = 12;
const NEAR_END = 20;

interface RunsTableProps {
  rows: RunRow[];
  columns: RunColumn[];
  state: RunsState;
  isPending: boolean;
  /** the reader is near the last row that is there */
  onEnd(): void;
}

/** The table: only rows in view are in the document; scroll, selection and focus stay when data comes. */
export function RunsTable({ rows, columns, state, isPending, onEnd }: RunsTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [first, last] = useWindow(scroller, rows.length);
  const digits = new Map(columns.map((column) => [column.path, digitsFor(column, rows)]));
  useLayoutEffect(() => {
    if (last >= rows.length - NEAR_END) onEnd();
  }, [last, rows.length]);
  const width = columns.length + 2;
  return (
    <div class="table-scroll grows" ref={scroller} aria-busy={isPending}>
      <table>
        <Head columns={columns} state={state} />
        <tbody>
          <Filler rows={first} width={width} />
          {rows.slice(first, last).map((run) => (
            <Row key={run.id} run={run} columns={columns} digits={digits} selected={state.selected} />
          ))}
          <Filler rows={rows.length - last} width={width} />
        </tbody>
      </table>
    </div>
  );
}

function digitsFor({ kind, read }: RunColumn, rows: RunRow[]): number {
  return kind === 'metric' ? digitsApart(rows.slice(0, 50).map((run) => read(run) as number | undefined)) : 3;
}

/** First row in view and the one after the last. */
function useWindow(scroller: { current: HTMLDivElement | null }, count: number): [number, number] {
  const [view, setView] = useState({ top: 0, height: 900 });
  useLayoutEffect(() => {
    const element = scroller.current!;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);
  const first = Math.max(0, Math.floor(view.top / ROW) - OVERSCAN);
  return [Math.min(first, count), Math.min(count, Math.ceil((view.top + view.height) / ROW) + OVERSCAN)];
}

function Filler({ rows, width }: { rows: number; width: number }) {
  if (rows <= 0) return null;
  return (
    <tr>
      <td class="filler" colSpan={width} style={{ height: `${rows * ROW}px` }} />
    </tr>
  );
}

function Head({ columns, state }: { columns: RunColumn[]; state: RunsState }) {
  const name: RunColumn = {
    path: 'name',
    title: 'run',
    over: '',
    kind: 'text',
    isSortable: true,
    read: () => null,
  };
  return (
    <thead>
      <tr>
        <th aria-label="selected" />
        <HeadCell column={name} state={state} isSticky />
        {columns.map((column) => (
          <HeadCell key={column.path} column={column} state={state} />
        ))}
      </tr>
    </thead>
  );
}

function HeadCell({ column, state, isSticky }: { column: RunColumn; state: RunsState; isSticky?: boolean }) {
  const { path, title, over, isSortable } = column;
  const isSorted = state.sort.path === path;
  const label = (
    <>
      {over && <small class="over">{over}</small>}
      {title}
      {isSorted && <span aria-hidden="true">{state.sort.isDescending ? ' ↓' : ' ↑'}</span>}
    </>
  );
  return (
    <th
      class={`${isNumeric(column) ? 'number' : ''} ${isSticky ? 'sticky' : ''}`}
      aria-sort={isSorted ? (state.sort.isDescending ? 'descending' : 'ascending') : undefined}
      title={path}
    >
      {isSortable ? (
        <button type="button" class="sort" onClick={() => sortBy(path, state)}>
          {label}
        </button>
      ) : (
        label
      )}
    </th>
  );
}

export const isNumeric = ({ kind }: RunColumn) =>
  kind === 'metric' || kind === 'setting' || kind === 'duration';

interface RowProps {
  run: RunRow;
  columns: RunColumn[];
  digits: Map<string, number>;
  selected: string[];
}

function Row({ run, columns, digits, selected }: RowProps) {
  const isSelected = selected.includes(run.id);
  const isHovered = useComputed(() => hoveredRun.value === run.id).value;
  return (
    <tr
      class={`${isSelected ? 'is-selected' : ''} ${isHovered ? 'is-hovered' : ''}`}
      onPointerEnter={() => hoverRun(run.id)}
      onPointerLeave={() => hoverRun(null)}
    >
      <td>
        <input
          type="checkbox"
          aria-label={`select ${run.name}`}
          checked={isSelected}
          onChange={() => toggleSelected(run.id, selected)}
        />
      </td>
      <td class="sticky">
        <Swatch runId={run.id} />{' '}
        <a class="name" href={`/runs/${run.id}`} title={`${run.name} (${run.id})`}>
          {run.name}
        </a>
      </td>
      {columns.map((column) => (
        <Cell key={column.path} run={run} column={column} digits={digits.get(column.path) ?? 3} />
      ))}
    </tr>
  );
}
