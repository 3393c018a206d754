import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { BatchLoader, groupBy } from '../../access/batch-loader.js';
import { Clock } from '../../access/clock.js';
import { findByIdPrefix, found, Store } from '../../access/store.js';
import { alignItems, meanOfItems, meansOfGroups } from '../../analysis/item-scores.js';
import { RanksweepError } from '../../core/errors.js';
import { hashJson } from '../../core/hash.js';
import { metricToJson } from '../../core/metric-value.js';
import { decodeColumn, encodeColumn } from '../column-codec.js';
import { Evaluation } from '../evaluation.entity.js';
import { Run } from '../run.entity.js';
import { holdsLease } from '../run-lease.js';
import { BaseScore } from './base-score.entity.js';
import type { AlignedScores, RecordEvaluationInput, ScoredItems } from './evaluation.input.js';
import { type CheckedEvaluation, type CheckedScore, checkEvaluation } from './evaluation-check.js';
import { EvaluationItems } from './evaluation-items.entity.js';
import { EvaluationScore } from './evaluation-score.entity.js';

/** Scores of runs on the items of evaluation sets: stored by item, and read beside each other. */
@Injectable()
export class EvaluationService {
  private readonly scoreLoader = new BatchLoader<EvaluationScore[]>(
    (runIds) => this.loadScores(runIds),
    () => [],
  );
  private readonly baseLoader = new BatchLoader<number | null>(
    (keys) => this.loadBaseValues(keys),
    () => null,
  );

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /**
   * Stores a set's scores. While the run goes on they may come again and replace those from before; those of a run that has ended stay.
   * @throws RanksweepError INVALID_INPUT; CONFLICT if an ended run has other values, or the run is no longer the worker's
   */
  async record(input: RecordEvaluationInput): Promise<Evaluation> {
    const checked = checkEvaluation(input);
    return this.store.write(async (tx) => {
      const run = found(await findByIdPrefix(tx, Run, input.runId), 'run', input.runId);
      if (input.leaseToken != null && !wasHeldTill(run, input.leaseToken)) {
        throw new RanksweepError('CONFLICT', `${run.id} is no longer this worker's: it is ${run.state}`);
      }
      const itemsHash = await storeItems(tx, checked);
      for (const score of checked.scores) await this.storeScore(tx, run, input, score, itemsHash);
      return this.storeSet(tx, run, input, checked, itemsHash);
    });
  }

  scoresOf({ runId, name }: Evaluation): Promise<EvaluationScore[]> {
    return this.scoreLoader.load(runId).then((scores) => scores.filter((score) => score.name === name));
  }

  baseValue({ baseKey }: EvaluationScore): Promise<number | null> {
    return baseKey === null ? Promise.resolve(null) : this.baseLoader.load(baseKey);
  }

  /** {group: {items, value, baseValue}}; null where the set has no groups. */
  async groupsOf(row: EvaluationScore): Promise<Record<string, unknown> | null> {
    const items = await this.itemsOf(row);
    if (items.groups === null) return null;
    const base = items.baseValues && meansOfGroups(items.groups, items.baseValues, items.weights);
    const means = meansOfGroups(items.groups, items.values, items.weights);
    return Object.fromEntries(
      [...means].map(([group, { items, value }]) => {
        const baseValue = base === null ? null : metricToJson(base.get(group)!.value);
        return [group, { items, value: metricToJson(value), baseValue }];
      }),
    );
  }

  /** @returns null if the run has no such score */
  async items(runId: string, name: string, score: string): Promise<ScoredItems | null> {
    const run = found(await findByIdPrefix(this.store.read, Run, runId), 'run', runId);
    const row = await this.store.read.findOneBy(EvaluationScore, { runId: run.id, name, score });
    return row === null ? null : this.itemsOf(row);
  }

  /** @throws RanksweepError NOT_FOUND if a run has no such score */
  async aligned(runIds: string[], name: string, score: string): Promise<AlignedScores> {
    const scorings: ScoredItems[] = [];
    for (const id of runIds) {
      scorings.push(found(await this.items(id, name, score), `score "${score}" on "${name}" of run`, id));
    }
    const { keys, values, weights, left } = alignItems(scorings);
    const bases = scorings.map(
      ({ keys, baseValues }) => baseValues && { keys, values: baseValues, weights: null },
    );
    const common = { keys, values: new Float64Array(keys.length), weights: null };
    const baseValues = bases.map((base) => base && alignItems([common, base]).values[1]!);
    return { goal: scorings[0]?.goal ?? 'minimize', keys, values, weights, left, baseValues };
  }

  /** Those that are stored, of the keys asked for. */
  baseScores(keys: string[]): Promise<BaseScore[]> {
    return this.store.read.findBy(BaseScore, { key: In(keys) });
  }

  private async itemsOf(row: EvaluationScore): Promise<ScoredItems> {
    const { score, goal, itemsHash, count, baseKey } = row;
    const { keys, groups } = await this.store.read.findOneByOrFail(EvaluationItems, { hash: itemsHash });
    const base = baseKey && (await this.store.read.findOneByOrFail(BaseScore, { key: baseKey }));
    const baseValues = base ? decodeColumn(base.values, count) : null;
    const weights = row.weights && decodeColumn(row.weights, count);
    return {
      score,
      goal,
      itemsHash,
      keys,
      groups,
      values: decodeColumn(row.values, count),
      weights,
      baseValues,
    };
  }

  private async storeScore(
    tx: EntityManager,
    run: Run,
    { name, baseModel }: RecordEvaluationInput,
    { score, goal, values, weights, baseValues, baseKey }: CheckedScore,
    itemsHash: string,
  ): Promise<void> {
    const base = { key: baseKey, values: baseValues, weights, itemsHash, model: baseModel ?? '', score };
    const row: EvaluationScore = {
      ...{ runId: run.id, name, score, goal, itemsHash, count: values.length },
      ...{ value: meanOfItems(values, weights), values: encodeColumn(values) },
      weights: weights && encodeColumn(weights),
      baseKey: await this.storeBase(tx, base),
    };
    const before = await tx.findOneBy(EvaluationScore, { runId: run.id, name, score });
    if (before !== null && run.state !== 'running') return refuseChange(before, row);
    await tx.upsert(EvaluationScore, row, ['runId', 'name', 'score']);
  }

  /** The first that was stored under a key counts for all. @returns its key; null without a base */
  private async storeBase(tx: EntityManager, given: GivenBase): Promise<string | null> {
    const { values, weights, itemsHash, model, score } = given;
    if (given.key === null && values === null) return null;
    const key = given.key ?? hashJson({ model, score, itemsHash, values: Array.from(values!, metricToJson) });
    const before = await tx.findOneBy(BaseScore, { key });
    if (before === null && values === null) throw unknownBase(score, key);
    if (before !== null && before.itemsHash !== itemsHash) throw otherItems(score, key);
    if (before !== null) return key;
    const value = meanOfItems(values!, weights);
    const row = { key, model, itemsHash, count: values!.length, value, values: encodeColumn(values!) };
    await tx.insert(BaseScore, { ...row, storedAt: this.clock.instant() });
    return key;
  }

  /** The row that lists of evaluations show: its loss and bits per byte are those of the scores of that name. */
  private async storeSet(
    tx: EntityManager,
    run: Run,
    input: RecordEvaluationInput,
    { keys, scores }: CheckedEvaluation,
    itemsHash: string,
  ): Promise<Evaluation> {
    const { name, role, distance = null, suiteHash = null } = input;
    const id = { runId: run.id, name };
    const before = await tx.findOneBy(Evaluation, id);
    const about = {
      role,
      distance,
      suiteHash,
      items: keys.length,
      datasetHash: input.datasetHash ?? itemsHash,
    };
    const isSettled = before !== null && run.state !== 'running';
    const row = {
      ...{ ...id, tokens: 0, ...UNMEASURED, ...before, ...(isSettled ? {} : about) },
      ...(await this.measured(tx, id, scores)),
    };
    await tx.upsert(Evaluation, row as Evaluation, ['runId', 'name']);
    return tx.findOneByOrFail(Evaluation, id);
  }

  private async measured(tx: EntityManager, id: { runId: string; name: string }, scores: CheckedScore[]) {
    const [loss, bits] = ['loss', 'bits_per_byte'].map((word) => scores.find(({ score }) => score === word));
    const base = (of: CheckedScore) => this.storedBaseValue(tx, id, of.score);
    return {
      ...(loss && { loss: meanOf(loss), baseLoss: await base(loss), tokens: tokensOf(loss) }),
      ...(bits && { bitsPerByte: meanOf(bits), baseBitsPerByte: await base(bits) }),
    };
  }

  private async storedBaseValue(tx: EntityManager, id: { runId: string; name: string }, score: string) {
    const { baseKey } = await tx.findOneByOrFail(EvaluationScore, { ...id, score });
    const base = baseKey && (await tx.findOneBy(BaseScore, { key: baseKey }));
    return base ? base.value : Number.NaN;
  }

  private async loadScores(runIds: string[]): Promise<Map<string, EvaluationScore[]>> {
    const rows = await this.store.read.find(EvaluationScore, {
      where: { runId: In(runIds) },
      order: { name: 'ASC', score: 'ASC' },
    });
    return groupBy(rows, ({ runId }) => runId);
  }

  private async loadBaseValues(keys: string[]): Promise<Map<string, number>> {
    const rows = await this.store.read.find(BaseScore, {
      select: { key: true, value: true },
      where: { key: In(keys) },
    });
    return new Map(rows.map(({ key, value }) => [key, value]));
  }
}

/** A report that is delivered twice may come after the run has ended. */
function wasHeldTill(run: Run, leaseToken: number): boolean {
  return holdsLease(run, leaseToken) || (run.leaseToken === leaseToken && run.state !== 'lost');
}

interface GivenBase {
  key: string | null;
  values: Float64Array | null;
  weights: Float64Array | null;
  itemsHash: string;
  model: string;
  score: string;
}

const UNMEASURED = {
  loss: Number.NaN,
  bitsPerByte: Number.NaN,
  baseLoss: Number.NaN,
  baseBitsPerByte: Number.NaN,
};

const meanOf = ({ values, weights }: CheckedScore) => meanOfItems(values, weights);
/** Without weights each item counts as one. */
const tokensOf = ({ values, weights }: CheckedScore) =>
  Math.round(weights?.reduce((sum, one) => sum + one, 0) ?? values.length);

async function storeItems(tx: EntityManager, { keys, groups }: CheckedEvaluation): Promise<string> {
  const hash = hashJson({ keys, groups });
  if (!(await tx.existsBy(EvaluationItems, { hash }))) {
    await tx.insert(EvaluationItems, { hash, count: keys.length, keys, groups });
  }
  return hash;
}

/** To say again what is stored is no change. */
function refuseChange(before: EvaluationScore, now: EvaluationScore): void {
  const { runId, name, score } = before;
  const sameWeights = before.weights === null ? now.weights === null : now.weights?.equals(before.weights);
  const isSame = before.itemsHash === now.itemsHash && before.values.equals(now.values) && sameWeights;
  if (isSame) return;
  const message = `${runId} has "${score}" on "${name}" already, with other items or values: a record is never rewritten`;
  throw new RanksweepError('CONFLICT', message, [{ field: 'scores', message }]);
}

function unknownBase(score: string, key: string): RanksweepError {
  const message = `found nothing for ${score}, and no base is stored under ${key}: send the values`;
  return new RanksweepError('NOT_FOUND', `baseValues: ${message}`, [{ field: 'baseValues', message }]);
}

function otherItems(score: string, key: string): RanksweepError {
  const message = `the base under ${key} was scored (${score}) on other items`;
  return new RanksweepError('CONFLICT', `baseKey: ${message}`, [{ field: 'baseKey', message }]);
}
