import { Injectable } from '@nestjs/common';
import { alignItems, type ItemScores } from '../../analysis/item-scores.js';
import { comparePairs, type NamedPairs } from '../../analysis/paired-comparison.js';
import { RanksweepError } from '../../core/errors.js';
import type { Evaluation } from '../evaluation.entity.js';
import { RunRecordService } from '../run-record.service.js';
import type { ComparedEvaluation } from './compared-evaluation.type.js';
import type { ScoredItems } from './evaluation.input.js';
import { EvaluationService } from './evaluation.service.js';
import type { EvaluationScore } from './evaluation-score.entity.js';

const MAX_RUNS = 50;
/** item scores of one answer: each is drawn some thousand times */
const MAX_ITEMS = 200_000;

interface Candidate {
  set: Evaluation;
  row: EvaluationScore;
}

interface Pair extends Candidate {
  pairs: NamedPairs;
}

/** Which runs are really better than a baseline, on the items that both were scored on. */
@Injectable()
export class EvaluationComparisonService {
  constructor(
    private readonly records: RunRecordService,
    private readonly evaluations: EvaluationService,
  ) {}

  /**
   * @param baseline another run; null: each run's own base model
   * @throws RanksweepError INVALID_INPUT if it asks for too much, NOT_FOUND for a run that is not there
   */
  async compare(runIds: string[], baseline: string | null): Promise<ComparedEvaluation[]> {
    if (runIds.length < 1 || runIds.length > MAX_RUNS)
      refuse('runIds', `found ${runIds.length} runs, allowed are 1 to ${MAX_RUNS}`);
    const ids = await Promise.all(runIds.map((id) => this.idOf(id)));
    const against = baseline === null ? null : await this.idOf(baseline);
    const candidates = (
      await Promise.all(ids.filter((id) => id !== against).map((id) => this.scoresOf(id)))
    ).flat();
    const pairs: Pair[] = [];
    let items = 0;
    for (const one of candidates) {
      const found = await this.pairOf(one, against);
      if (found === null) continue;
      items += found.pairs.values.length;
      if (items > MAX_ITEMS)
        refuse('runIds', `their scores have more than ${MAX_ITEMS} items: compare fewer runs at once`);
      pairs.push(found);
    }
    return judged(pairs);
  }

  private async idOf(id: string): Promise<string> {
    const run = await this.records.find(id);
    if (run === null) throw new RanksweepError('NOT_FOUND', `there is no run "${id}"`);
    return run.id;
  }

  private async scoresOf(runId: string): Promise<Candidate[]> {
    const sets = await this.records.evaluations(runId);
    const rows = await Promise.all(sets.map((set) => this.evaluations.scoresOf(set)));
    return sets.flatMap((set, i) => rows[i]!.map((row) => ({ set, row })));
  }

  private async pairOf({ set, row }: Candidate, against: string | null): Promise<Pair | null> {
    const { runId, name, score, goal } = row;
    const mine = await this.evaluations.items(runId, name, score);
    if (mine === null) return null;
    const other = against === null ? baseOf(mine) : await this.evaluations.items(against, name, score);
    if (other === null) return null;
    const { values, weights } = alignItems([mine, other]);
    const [own, base] = values as [Float64Array, Float64Array];
    const unit = score.replaceAll('_', ' ');
    const pairs = { name: `${runId}/${name}/${score}`, goal, unit, values: own, base, weights };
    return { set, row, pairs };
  }
}

function baseOf({ keys, baseValues }: ScoredItems): ItemScores | null {
  return baseValues === null ? null : { keys, values: baseValues, weights: null };
}

function judged(pairs: readonly Pair[]): ComparedEvaluation[] {
  const results = comparePairs(pairs.map((one) => one.pairs));
  return results.map((result, i) => {
    const { set, row } = pairs[i]!;
    const { items, units, gain, interval, test, corrected, words } = result;
    const better = result.better === null ? null : result.better === 'first' ? 'run' : 'baseline';
    return {
      ...{ runId: row.runId, name: row.name, role: set.role, score: row.score, goal: row.goal },
      ...{ items, units, gain, low: interval[0], high: interval[1], test, p: corrected, better, words },
    };
  });
}

function refuse(field: string, message: string): never {
  throw new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
