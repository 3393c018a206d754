import { Injectable } from '@nestjs/common';
import { canonicalJson } from '../core/canonical-json.js';
import { RanksweepError } from '../core/errors.js';
import { sha256 } from '../core/hash.js';
import { metricToJson } from '../core/metric-value.js';
import { DatasetService } from '../datasets/dataset.service.js';
import { MetricService } from './metric.service.js';
import type { Run } from './run.entity.js';
import { RunAnnotationService } from './run-annotation.service.js';
import type { ComparedPath, RunComparison } from './run-comparison.type.js';
import { fieldsOf } from './run-fields.js';
import { RunRecordService } from './run-record.service.js';

const MAX_RUNS = 100;
/** of a text, in characters: a longer one is shown by its hash */
const LONGEST = 300;
/** what was given before what came out */
const ORDER = ['config', 'seed', 'dataset', 'provenance', 'tag', 'state', 'metric'];

/** Puts runs side by side: what they were given, and what came of it. */
@Injectable()
export class RunComparisonService {
  constructor(
    private readonly records: RunRecordService,
    private readonly metrics: MetricService,
    private readonly annotations: RunAnnotationService,
    private readonly datasets: DatasetService,
  ) {}

  async compare(ids: string[]): Promise<RunComparison> {
    if (ids.length < 2 || ids.length > MAX_RUNS) {
      const message = `found ${ids.length} runs, allowed are 2 to ${MAX_RUNS}`;
      throw new RanksweepError('INVALID_INPUT', `ids: ${message}`, [{ field: 'ids', message }]);
    }
    const runs = await Promise.all(ids.map((id) => this.run(id)));
    const facts = await Promise.all(runs.map((run) => this.facts(run)));
    const names = [...new Set(facts.flatMap((one) => [...one.keys()]))];
    return { runs, paths: names.map((path) => compared(path, facts)).sort(byInterest) };
  }

  private async run(id: string): Promise<Run> {
    const run = await this.records.find(id);
    if (run !== null) return run;
    throw new RanksweepError('NOT_FOUND', `there is no run "${id}"`);
  }

  private async facts(run: Run): Promise<Map<string, unknown>> {
    const [series, tags, datasets] = await Promise.all([
      this.metrics.summaries(run.id),
      this.annotations.tags(run.id),
      this.datasets.ofRun(run.id),
    ]);
    const config = fieldsOf(run.id, run.config).filter(({ kind }) => kind !== 'm');
    return new Map<string, unknown>([
      ...config.map(
        ({ path, kind, number, text }) => [`config.${path}`, readField(kind, number, text)] as const,
      ),
      ...(run.seed === null ? [] : [['seed', run.seed] as const]),
      ...datasets.map(({ use, datasetHash }) => [`dataset.${use}`, datasetHash] as const),
      ...originOf(run),
      ...Object.entries(tags).map(([key, value]) => [`tag.${key}`, value] as const),
      ['state', run.state],
      ...series.map(({ name, last }) => [`metric.${name}`, metricToJson(last)] as const),
    ]);
  }
}

function compared(path: string, facts: Map<string, unknown>[]): ComparedPath {
  const values = facts.map((one) => one.get(path) ?? null);
  return { path, values, differs: new Set(values.map((value) => canonicalJson(value))).size > 1 };
}

function byInterest(a: ComparedPath, b: ComparedPath): number {
  const place = ({ path }: ComparedPath) => ORDER.indexOf(path.split('.')[0]!);
  if (a.differs !== b.differs) return a.differs ? -1 : 1;
  return place(a) - place(b) || (a.path < b.path ? -1 : 1);
}

function readField(kind: string, number: number | null, text: string | null): unknown {
  if (kind === 'n') return number;
  return kind === 's' ? text : JSON.parse(text!);
}

/** Code, environment, machine: where the run came from. */
function originOf({ id, provenance }: Run): (readonly [string, unknown])[] {
  return fieldsOf(id, provenance)
    .filter(({ kind }) => kind !== 'm')
    .map(
      ({ path, kind, number, text }) => [`provenance.${path}`, short(readField(kind, number, text))] as const,
    );
}

/** A diff of the code is a file of its own: here it is known by its hash. */
function short(value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= LONGEST) return value;
  return `sha256 ${sha256(value).slice(0, 12)}, ${value.length.toLocaleString('en')} characters`;
}
