import { nameOfScore } from '../core/evaluation-set.js';
import { hashJson } from '../core/hash.js';
import type { RunConfig } from '../core/run-config.js';
import type { EvaluationSet } from './evaluation-set.js';
import {
  blankColumns,
  type Kind,
  kindsOf,
  type Measuring,
  measureKind,
  type ScoreColumn,
  scoresOfKind,
} from './score-columns.js';
import type { SetScores } from './score-sets.js';

/** Changes whenever a score's computation does: older values are then computed anew. */
const VERSION = 1;

/** Where the base's scores may be known already: values by item, for the keys that are. */
export type KnownScores = (keys: string[]) => Promise<Map<string, ArrayLike<number>>>;

/** What the base's numbers depend on beside the set. */
export interface BaseIdentity {
  /** of its files */
  hash: string;
  quantization: RunConfig['quantization'];
  backend: string;
}

/** For each score of a set, what was asked of which base: the key under which it is stored. */
export function baseKeys(set: EvaluationSet, identity: BaseIdentity): Map<string, string> {
  const keys = new Map<string, string>();
  for (const kind of kindsOf(set)) {
    for (const score of scoresOfKind(set, kind)) {
      const definition = (set.config.scores ?? []).find((one) => nameOfScore(one) === score) ?? score;
      // what a command says may change with its files
      const isCommand = typeof definition === 'object' && 'command' in definition;
      if (!isCommand) keys.set(score, keyOf(set, definition, kind, identity));
    }
  }
  return keys;
}

function keyOf(
  { hash, maxTokens, config }: EvaluationSet,
  score: unknown,
  kind: Kind,
  base: BaseIdentity,
): string {
  const generation = kind === 'answers' ? { maxTokens, stop: config.stop ?? [] } : null;
  return hashJson({ version: VERSION, items: hash, score, generation, ...base });
}

export interface BaseScores {
  scores: SetScores[];
  /** by set: the key of each score */
  keys: Map<string, string>[];
  /** names of the sets for which nothing was computed */
  reused: string[];
}

/** The base's scores on each set: what is known is taken, the rest is computed. */
export async function scoreBase(
  measuring: Measuring,
  identity: BaseIdentity,
  knownScores: KnownScores | undefined,
): Promise<BaseScores> {
  const { evaluations } = measuring.prepared;
  const keys = evaluations.map((set) => baseKeys(set, identity));
  const all = [...new Set(keys.flatMap((of) => [...of.values()]))];
  const known = all.length > 0 && knownScores ? await knownScores(all) : new Map<string, ArrayLike<number>>();
  const scores: SetScores[] = [];
  const reused: string[] = [];
  for (const [i, set] of evaluations.entries()) {
    const found: SetScores = { columns: [], answers: null };
    const missing: Kind[] = [];
    for (const kind of kindsOf(set)) {
      const columns = knownColumns(set, kind, keys[i]!, known);
      if (columns === null) missing.push(kind);
      const measured = columns ? { columns, answers: null } : await measureKind(kind, set, measuring);
      found.columns.push(...measured.columns);
      found.answers ??= measured.answers;
    }
    if (missing.length === 0) reused.push(set.name);
    scores.push(found);
  }
  return { scores, keys, reused };
}

/** A kind's columns with values from elsewhere; null unless all of them are known. */
function knownColumns(
  set: EvaluationSet,
  kind: Kind,
  keys: Map<string, string>,
  known: Map<string, ArrayLike<number>>,
): ScoreColumn[] | null {
  const columns = blankColumns(set, kind);
  for (const column of columns) {
    const values = known.get(keys.get(column.score) ?? '');
    if (values?.length !== set.items) return null;
    column.values = Float64Array.from(values);
  }
  return columns;
}
