import type { Goal } from './metric-value.js';
import type { FieldReader } from './yaml-fields.js';
import type { Path } from './yaml-source.js';
import { isMapping } from './yaml-value.js';

/** W&B's early_terminate: bands at minIter·eta^k, or at maxIter/eta^k for k = 1…s; exactly one of the two ways is given. */
export interface HyperbandRule {
  type: 'hyperband';
  minIter: number | null;
  maxIter: number | null;
  s: number | null;
  eta: number;
  /** true: judge a run by its value at the band; false: by its best value so far */
  strict: boolean;
}

/** What the rules by step share. */
interface StepRule {
  /** nothing is stopped before this step; null: the rule's own warm-up */
  minSteps: number | null;
  /** the last step of a full trial; null: from the run's `steps`, else the longest finished trial */
  maxSteps: number | null;
  /** so many other trials must have come as far before anything is stopped */
  minTrials: number;
}

/** Stops a trial whose best value so far is worse than the percentile of the finished trials at the same step. */
export interface MedianRule extends StepRule {
  type: 'median';
  /** of the finished trials' values, from the good end: 50 is the median, 25 stops more */
  percentile: number;
  /** steps between judgements; null: whenever the metric is logged */
  interval: number | null;
}

/** Asynchronous successive halving; with several brackets asynchronous Hyperband. Rungs at minSteps·eta^k. */
export interface AshaRule extends StepRule {
  type: 'asha';
  eta: number;
  /** trial n is in bracket n mod brackets, whose first rung is minSteps·eta^bracket */
  brackets: number;
}

/** Stops a trial whose predicted final value has less than this chance to beat the best finished trial. */
export interface CurveRule extends StepRule {
  type: 'curve';
  threshold: number;
}

/** A rule, and what it judges: by default every objective of the sweep. */
export type EarlyTerminate = (HyperbandRule | MedianRule | AshaRule | CurveRule) & {
  metrics?: JudgedMetric[];
};

/** A trial is stopped only where the rule says so for each of them. */
export interface JudgedMetric {
  name: string;
  /** default: that of the objective of this name, or minimize */
  goal?: Goal;
}

const KEYS: Record<EarlyTerminate['type'], readonly string[]> = {
  hyperband: ['min_iter', 'max_iter', 's', 'eta', 'strict'],
  median: ['min_steps', 'max_steps', 'min_trials', 'percentile', 'interval'],
  asha: ['min_steps', 'max_steps', 'min_trials', 'eta', 'brackets'],
  curve: ['min_steps', 'max_steps', 'min_trials', 'threshold'],
};
export const STOPPING_RULES = Object.keys(KEYS) as EarlyTerminate['type'][];

/** @param path where the rule stands in the file; [] for a file that is one rule */
export function readEarlyTerminate(
  reader: FieldReader,
  value: unknown,
  path: string[] = ['early_terminate'],
): EarlyTerminate | null {
  const map = reader.map(path, value);
  if (map === undefined) return null;
  const type = reader.word([...path, 'type'], map.type, STOPPING_RULES);
  if (map.type === undefined) {
    reader.report([...path, 'type'], `missing, allowed: ${STOPPING_RULES.join(', ')}`);
  }
  if (type === undefined) return null;
  reader.map(path, value, ['type', 'metrics', ...KEYS[type]]);
  const fields = new RuleFields(reader, path, map);
  const metrics = readJudged(reader, [...path, 'metrics'], map.metrics);
  return { ...READERS[type](fields), ...(metrics !== undefined && { metrics }) };
}

/** Names, or maps of name and goal. */
function readJudged(reader: FieldReader, path: Path, value: unknown): JudgedMetric[] | undefined {
  if (value === undefined) return undefined;
  const list = reader.list(path, typeof value === 'string' ? [value] : value) ?? [];
  return list.flatMap((item, i): JudgedMetric[] => {
    if (!isMapping(item))
      return (reader.text([...path, i], item) ?? '') === '' ? [] : [{ name: item as string }];
    reader.map([...path, i], item, ['name', 'goal']);
    const name = reader.text([...path, i, 'name'], item.name);
    if (item.name === undefined)
      reader.report([...path, i, 'name'], 'missing, expected the name of a metric');
    const goal = reader.word([...path, i, 'goal'], item.goal, ['minimize', 'maximize'] as const);
    return name === undefined ? [] : [{ name, ...(goal !== undefined && { goal }) }];
  });
}

const READERS: Record<EarlyTerminate['type'], (fields: RuleFields) => EarlyTerminate> = {
  hyperband: (fields) => ({
    type: 'hyperband',
    ...readBands(fields),
    eta: fields.eta(),
    strict: fields.strict(),
  }),
  median: (fields) => ({
    ...{ type: 'median', ...fields.steps(5), interval: fields.int('interval') },
    percentile: fields.between('percentile', 0, 100, 50),
  }),
  asha: (fields) => ({
    ...{ type: 'asha', ...fields.steps(1), eta: fields.eta(), brackets: fields.int('brackets') ?? 1 },
  }),
  curve: (fields) => ({
    ...{ type: 'curve', ...fields.steps(4), threshold: fields.between('threshold', 0, 1, 0.05) },
  }),
};

class RuleFields {
  constructor(
    readonly reader: FieldReader,
    readonly path: string[],
    readonly map: Record<string, unknown>,
  ) {}

  int(key: string): number | null {
    return this.reader.int([...this.path, key], this.map[key], 1) ?? null;
  }

  eta(): number {
    return this.reader.number([...this.path, 'eta'], this.map.eta ?? 3, 1) ?? 3;
  }

  strict(): boolean {
    return this.reader.flag([...this.path, 'strict'], this.map.strict) ?? true;
  }

  /** min_steps, max_steps and min_trials */
  steps(minTrials: number): StepRule {
    const [minSteps, maxSteps] = [this.int('min_steps'), this.int('max_steps')];
    if (minSteps !== null && maxSteps !== null && minSteps >= maxSteps) {
      this.reader.report(
        [...this.path, 'min_steps'],
        `found ${minSteps}, expected less than max_steps, ${maxSteps}`,
      );
    }
    return { minSteps, maxSteps, minTrials: this.int('min_trials') ?? minTrials };
  }

  /** strictly between the two */
  between(key: string, low: number, high: number, fallback: number): number {
    const value = this.reader.number([...this.path, key], this.map[key]) ?? fallback;
    if (value > low && value < high) return value;
    this.reader.report(
      [...this.path, key],
      `found ${value}, expected a number above ${low} and below ${high}`,
    );
    return fallback;
  }
}

/** W&B prefers max_iter with s where min_iter is given too. */
function readBands(fields: RuleFields) {
  const { reader, path, map } = fields;
  const [minIter, maxIter, s] = [fields.int('min_iter'), fields.int('max_iter'), fields.int('s')];
  const fromTop = map.max_iter !== undefined && map.s !== undefined;
  if (!fromTop && map.min_iter === undefined) reader.report(path, 'needs min_iter, or max_iter and s', 'key');
  if (fromTop && map.min_iter !== undefined) {
    reader.warn([...path, 'min_iter'], 'has no effect beside max_iter and s');
  }
  return fromTop ? { minIter: null, maxIter, s } : { minIter, maxIter: null, s: null };
}
