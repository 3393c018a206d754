import { Injectable } from '@nestjs/common';
import type { RunFilter } from './run-query.input.js';
import { type FilteredRuns, RunQueryService } from './run-query.service.js';

/** A run's value of a path: a number (also of NaN and the infinities), a text, true, false, a list; undefined: it has none. */
export type PathValue = number | string | boolean | unknown[] | Record<string, unknown> | undefined;

/** A path and the argument that named it, for the error that says what is wrong with it. */
export interface NamedPath {
  path: string;
  field: string;
  /** the only type that its values have, where that is known: the others are not read */
  type?: 'number' | 'text' | 'boolean' | undefined;
}

export function named(argument: string, paths: string[]): NamedPath[] {
  return paths.map((path, i) => ({ path, field: `${argument}[${i}]` }));
}

/** Reads paths of all runs that a filter lets through, as rows of values. */
@Injectable()
export class RunValuesService {
  constructor(private readonly queries: RunQueryService) {}

  /** @returns one row for each run, its values in the order of the paths */
  async rows(filter: RunFilter | null | undefined, paths: NamedPath[]): Promise<PathValue[][]> {
    const filtered = await this.queries.filtered(
      filter,
      paths.map(({ path }) => path),
    );
    const readers = select(filtered, paths);
    const found: Row[] = await filtered.query.getRawMany();
    return found.map((row) => readers.map((read) => read(row)));
  }

  /** The values of these runs, which are of one filter's, by run ID. */
  async ofRuns(ids: string[], paths: NamedPath[]): Promise<Map<string, PathValue[]>> {
    const filtered = await this.queries.among(
      ids,
      paths.map(({ path }) => path),
    );
    const readers = select(filtered, paths);
    const found: Row[] = await filtered.query.addSelect('run.id', 'id').getRawMany();
    return new Map(found.map((row) => [row.id as string, readers.map((read) => read(row))]));
  }
}

type Row = Record<string, unknown>;

/** Adds the paths to what a query selects. @returns for each, what reads its value from a row */
function select({ query, compiler }: FilteredRuns, paths: NamedPath[]): ((row: Row) => PathValue)[] {
  query.select('1', 'one');
  return paths.map(({ path, field, type }, i) => {
    const { number, text, other, present, isMetric } = compiler.compile(path, field);
    if (number && (type ?? 'number') === 'number') query.addSelect(`(${number})`, `n${i}`);
    if (text && (type ?? 'text') === 'text') query.addSelect(`(${text})`, `t${i}`);
    if (other && (type ?? 'boolean') === 'boolean') query.addSelect(`(${other})`, `o${i}`);
    if (isMetric) query.addSelect(`CASE WHEN ${present} THEN 1 ELSE 0 END`, `p${i}`);
    return (row) => readValue(row, i);
  });
}

function readValue(row: Record<string, unknown>, i: number): PathValue {
  const number = row[`n${i}`] as number | null | undefined;
  if (number !== null && number !== undefined) return number;
  if (row[`p${i}`] === 1) return Number.NaN;
  const text = row[`t${i}`] as string | null | undefined;
  if (text !== null && text !== undefined) return text;
  const other = row[`o${i}`] as string | null | undefined;
  return other === null || other === undefined ? undefined : (JSON.parse(other) as PathValue);
}
