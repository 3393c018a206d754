import { Injectable } from '@nestjs/common';
import { Store } from '../access/store.js';
import { canonicalJson } from '../core/canonical-json.js';
import { RanksweepError } from '../core/errors.js';
import { RunField } from './run-field.entity.js';
import { isNumberColumn, parseRunPath, windowOf } from './run-path.js';
import type { RunFilter } from './run-query.input.js';
import { RunQueryService } from './run-query.service.js';
import { named, type PathValue, RunValuesService } from './run-values.service.js';
import type { TableBatch, TableColumn, TableStream } from './table-batch.js';

const MAX_FIELDS = 1000;
const RUNS_PER_BATCH = 2000;
/** SQLite joins 64 tables at most. */
const FIELDS_PER_QUERY = 50;
/** Each value of a window is bound with its run: 7 × 2 × 2000 are below the 32,766 that SQLite binds. */
const WINDOWS_PER_QUERY = 7;
const SIMPLE = ['number', 'text', 'boolean'] as const;
const ALWAYS = ['id', 'name', 'state', 'project', 'sweep', 'startedAt', 'endedAt'];

/** Tables of runs for data frames: a row for each run that the filter lets through, in the order of their IDs. */
@Injectable()
export class RunTableService {
  constructor(
    private readonly store: Store,
    private readonly queries: RunQueryService,
    private readonly values: RunValuesService,
  ) {}

  /** @param fields paths; none: the usual columns, all config values and all metrics of the newest thousand runs */
  async table(filter: RunFilter, fields?: string[]): Promise<TableStream> {
    const paths = fields?.length ? fields : await this.allFields(filter);
    if (paths.length > MAX_FIELDS) {
      throw invalid('fields', `found ${paths.length} fields, allowed are ${MAX_FIELDS}`);
    }
    const columns = await this.columns(paths);
    // before the first byte: what is wrong with a path or the filter is still an error of its own
    await this.queries.filtered(filter);
    return { columns, batches: this.batches(filter, columns) };
  }

  private async *batches(filter: RunFilter, columns: TableColumn[]): AsyncIterable<TableBatch> {
    const ids = await this.queries.ids(filter);
    for (let at = 0; at < ids.length; at += RUNS_PER_BATCH) {
      const some = ids.slice(at, at + RUNS_PER_BATCH);
      yield { rows: some.length, columns: await this.valuesOf(some, columns) };
    }
  }

  private async valuesOf(
    ids: string[],
    columns: TableColumn[],
  ): Promise<(number | string | boolean | null)[][]> {
    const result: (number | string | boolean | null)[][] = [];
    const most = columns.some(({ name }) => windowOf(name)) ? WINDOWS_PER_QUERY : FIELDS_PER_QUERY;
    for (let at = 0; at < columns.length; at += most) {
      const some = columns.slice(at, at + most);
      const rows = await this.values.ofRuns(
        ids,
        some.map(({ name, type }) => ({ path: name, field: name, type: SIMPLE.find((one) => one === type) })),
      );
      for (const [i, { type }] of some.entries()) result.push(ids.map((id) => cell(rows.get(id)?.[i], type)));
    }
    return result;
  }

  private async allFields(filter: RunFilter): Promise<string[]> {
    const { configPaths, metricNames } = await this.queries.keys(filter);
    const asked = configPaths.map((path) => `config.${path}`).filter(isPath);
    return [...ALWAYS, ...asked, ...metricNames.map((name) => `metric.${name}:last`)];
  }

  private async columns(paths: string[]): Promise<TableColumn[]> {
    const parsed = paths.map((path, i) => parseRunPath(path, named('fields', paths)[i]!.field));
    const columns: TableColumn[] = [];
    for (const [i, path] of parsed.entries()) {
      const name = paths[i]!;
      if (path.kind === 'dataset') throw invalid(`fields[${i}]`, 'a run has several datasets');
      if (path.kind === 'metric' || path.kind === 'window') columns.push({ name, type: 'number' });
      else if (path.kind === 'column')
        columns.push({ name, type: isNumberColumn(path.column) ? 'number' : 'text' });
      else if (path.kind !== 'json') columns.push({ name, type: 'text' });
      else if (path.column !== 'config') columns.push({ name, type: 'json' });
      else columns.push({ name, type: await this.typeOf(path.keys.join('.')) });
    }
    return columns;
  }

  /** Of all values that any run has there, so that every selection has the same columns. */
  private async typeOf(path: string): Promise<TableColumn['type']> {
    const rows: { kind: string }[] = await this.store.read
      .createQueryBuilder(RunField, 'f')
      .select('DISTINCT f.kind', 'kind')
      .where('f.path = :path', { path })
      .getRawMany();
    const kinds = rows.map(({ kind }) => kind).join('');
    return ({ n: 'number', s: 'text', b: 'boolean' } as const)[kinds] ?? 'json';
  }
}

function isPath(path: string): boolean {
  try {
    return Boolean(parseRunPath(path, 'fields'));
  } catch {
    return false;
  }
}

function cell(value: PathValue, type: TableColumn['type']): number | string | boolean | null {
  if (value === undefined) return null;
  return type === 'json' ? canonicalJson(value) : (value as number | string | boolean);
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
