import { Injectable } from '@nestjs/common';
import { ValueSummarizer } from '../analysis/value-summary.js';
import { canonicalJson } from '../core/canonical-json.js';
import { RanksweepError } from '../core/errors.js';
import { metricToJson } from '../core/metric-value.js';
import type {
  FacetValue,
  RunFacet,
  RunFacetsArgs,
  RunGroup,
  RunGroups,
  RunGroupsArgs,
} from './run-group.type.js';
import { named, type PathValue, RunValuesService } from './run-values.service.js';

const MAX_PATHS = 20;
const MAX_FIRST = 1000;

interface Gathering {
  key: unknown[];
  runs: number;
  summaries: ValueSummarizer[];
}

/** Answers about many runs at once. Every run that the filter lets through counts: nothing is sampled. */
@Injectable()
export class RunGroupService {
  constructor(private readonly values: RunValuesService) {}

  async groups({
    filter,
    by,
    values,
    confidence,
    orderBy,
    direction,
    first,
  }: RunGroupsArgs): Promise<RunGroups> {
    checkGroups(by, values, confidence, orderBy, first);
    const rows = await this.values.rows(filter, [...named('by', by), ...named('values', values)]);
    const groups = [...gather(rows, by.length).values()].map(
      ({ key, runs, summaries }): RunGroup => ({
        key,
        runs,
        values: summaries.map((one, i) => ({ path: values[i]!, ...one.summary(confidence) })),
      }),
    );
    const place = orderBy === undefined || orderBy === null ? -1 : values.indexOf(orderBy);
    groups.sort((a, b) => compareGroups(a, b, place, direction === 'desc' ? -1 : 1));
    return { items: groups.slice(0, first), total: groups.length };
  }

  async facets({ filter, paths, first }: RunFacetsArgs): Promise<RunFacet[]> {
    checkPaths('paths', paths, 1);
    checkFirst(first);
    const rows = await this.values.rows(filter, named('paths', paths));
    return paths.map((path, i) => facetOf(path, rows, i, first));
  }
}

function gather(rows: PathValue[][], keys: number): Map<string, Gathering> {
  const groups = new Map<string, Gathering>();
  for (const row of rows) {
    const key = row.slice(0, keys).map(toJson);
    const name = canonicalJson(key);
    let group = groups.get(name);
    if (group === undefined) {
      group = { key, runs: 0, summaries: row.slice(keys).map(() => new ValueSummarizer()) };
      groups.set(name, group);
    }
    group.runs++;
    for (const [i, summary] of group.summaries.entries()) summary.add(numberOf(row[keys + i]));
  }
  return groups;
}

function facetOf(path: string, rows: PathValue[][], place: number, first: number): RunFacet {
  const counts = new Map<string, FacetValue>();
  let [absent, min, max] = [0, null as number | null, null as number | null];
  for (const row of rows) {
    const value = row[place];
    if (value === undefined) {
      absent++;
      continue;
    }
    const name = canonicalJson(toJson(value));
    const count = counts.get(name);
    if (count === undefined) counts.set(name, { value: toJson(value), runs: 1 });
    else count.runs++;
    if (typeof value !== 'number' || Number.isNaN(value)) continue;
    min = min === null ? value : Math.min(min, value);
    max = max === null ? value : Math.max(max, value);
  }
  const values = [...counts.values()].sort((a, b) => b.runs - a.runs || compareValues(a.value, b.value));
  return { path, values: values.slice(0, first), distinct: counts.size, absent, min, max };
}

/** Groups without a mean come last, whatever the direction. */
function compareGroups(a: RunGroup, b: RunGroup, place: number, sign: number): number {
  if (place >= 0) {
    const [x, y] = [a.values[place]!.mean, b.values[place]!.mean];
    if (x !== y) return x === null ? 1 : y === null ? -1 : sign * (x - y);
  }
  const [left, right] = [a.key as unknown[], b.key as unknown[]];
  const i = left.findIndex((value, at) => compareValues(value, right[at]) !== 0);
  return i < 0 ? 0 : (place < 0 ? sign : 1) * compareValues(left[i], right[i]);
}

/** Numbers, then texts, then others, then none. */
function compareValues(a: unknown, b: unknown): number {
  const ranks = [a, b].map((value) =>
    ['number', 'string', 'boolean', 'object'].indexOf(value === null ? 'none' : typeof value),
  );
  const [x, y] = ranks.map((rank) => (rank < 0 ? 4 : rank)) as [number, number];
  if (x !== y) return x - y;
  if (typeof a === 'number') return a - (b as number);
  const [left, right] = [canonicalJson(a), canonicalJson(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function numberOf(value: PathValue): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function toJson(value: PathValue): unknown {
  if (value === undefined) return null;
  return typeof value === 'number' ? metricToJson(value) : value;
}

function checkGroups(
  by: string[],
  values: string[],
  confidence: number,
  orderBy: string | undefined,
  first: number,
) {
  checkPaths('by', by, 1);
  checkPaths('values', values, 0);
  checkFirst(first);
  if (!(confidence > 0 && confidence < 1)) {
    throw invalid('confidence', `found ${confidence}, expected a number between 0 and 1`);
  }
  if (orderBy && !values.includes(orderBy)) {
    throw invalid('orderBy', `found ${JSON.stringify(orderBy)}, expected one of \`values\``);
  }
}

function checkPaths(field: string, paths: string[], least: number): void {
  if (paths.length >= least && paths.length <= MAX_PATHS) return;
  throw invalid(field, `found ${paths.length} paths, allowed are ${least} to ${MAX_PATHS}`);
}

function checkFirst(first: number): void {
  if (first >= 1 && first <= MAX_FIRST) return;
  throw invalid('first', `found ${first}, allowed are 1 to ${MAX_FIRST}`);
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
