import type { OrderBy, RunFilter } from '../api/operations.generated.js';
import { parseQuery } from '../filter/parse-query.js';
import { QueryError } from '../filter/tokens.js';
import { setParameters } from '../router.js';
import { DEFAULT_COLUMNS } from './run-columns.js';

/** All of the runs page that a person might share: it is in the address. */
export interface RunsState {
  query: string;
  filter: RunFilter;
  /** the query cannot be read; `filter` is then the fallback */
  problem: QueryError | null;
  sort: { path: string; isDescending: boolean };
  columns: string[];
  selected: string[];
  after: string | null;
}

const DEFAULT_SORT = '-startedAt';

/** `fallback` is the filter that stays while a query cannot be read: the one before. */
export function runsStateOf(parameters: URLSearchParams, fallback: RunFilter = {}): RunsState {
  const query = parameters.get('q') ?? '';
  const sort = parameters.get('sort') ?? DEFAULT_SORT;
  return {
    query,
    ...readFilter(query, fallback),
    sort: { path: sort.replace(/^-/, ''), isDescending: sort.startsWith('-') },
    columns: listOf(parameters.get('columns')) ?? DEFAULT_COLUMNS,
    selected: listOf(parameters.get('select')) ?? [],
    after: parameters.get('after'),
  };
}

const listOf = (text: string | null) =>
  text === null ? null : text.split(',').filter((part) => part !== '');

function readFilter(query: string, fallback: RunFilter): { filter: RunFilter; problem: QueryError | null } {
  try {
    return { filter: parseQuery(query), problem: null };
  } catch (error) {
    if (error instanceof QueryError) return { filter: fallback, problem: error };
    throw error;
  }
}

export function orderOf({ sort }: RunsState): OrderBy[] {
  return [{ path: sort.path, direction: sort.isDescending ? 'desc' : 'asc' }];
}

/** A first click sorts upwards (losses: the best first), a second downwards, a third goes back to the newest first. */
export function sortBy(path: string, { sort }: RunsState): void {
  const isSame = sort.path === path;
  const next = !isSame ? path : sort.isDescending ? null : `-${path}`;
  setParameters({ sort: next, after: null });
}

export function chooseColumns(columns: string[]): void {
  const isDefault = columns.join() === DEFAULT_COLUMNS.join();
  setParameters({ columns: isDefault ? null : columns.join(',') });
}

export function toggleSelected(runId: string, selected: string[]): void {
  const next = selected.includes(runId) ? selected.filter((id) => id !== runId) : [...selected, runId];
  setParameters({ select: next.join(',') || null });
}
