import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { BatchLoader, groupBy } from '../access/batch-loader.js';
import { Clock } from '../access/clock.js';
import { findByIdPrefix, found, Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { hashJson } from '../core/hash.js';
import { Dataset } from './dataset.entity.js';
import type { DatasetCheckInput, DatasetInput } from './dataset.input.js';
import { DatasetCheck, type DatasetUse } from './dataset-check.entity.js';
import { RunDataset } from './run-dataset.entity.js';

@Injectable()
export class DatasetService {
  private readonly loader = new BatchLoader(
    (hashes) => this.loadMany(hashes),
    (hash) => found<Dataset>(null, 'dataset', hash),
  );
  private readonly usesLoader = new BatchLoader<RunDataset[]>(
    (runIds) => this.loadUses(runIds),
    () => [],
  );

  private readonly checksLoader = new BatchLoader<DatasetCheck[]>(
    (hashes) => this.loadChecks(hashes),
    () => [],
  );
  private readonly usesOfLoader = new BatchLoader<DatasetUse[]>(
    (hashes) => this.loadUsesOf(hashes),
    () => [],
  );

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** By canonical hash, content hash or a unique prefix of either. */
  async find(hash: string): Promise<Dataset | null> {
    const byHash = await findByIdPrefix(this.store.read, Dataset, hash, 'hash');
    return byHash ?? findByIdPrefix(this.store.read, Dataset, hash, 'contentHash');
  }

  get(hash: string): Promise<Dataset> {
    return this.loader.load(hash);
  }

  ofRun(runId: string): Promise<RunDataset[]> {
    return this.usesLoader.load(runId);
  }

  /** Notes what a run reads. A dataset that was seen before keeps its first name. */
  async record(tx: EntityManager, runId: string, inputs: DatasetInput[]): Promise<void> {
    for (const input of inputs) await this.recordOne(tx, runId, input);
  }

  /**
   * Keeps what a check found; the same files checked by the same rules have one row.
   * @throws RanksweepError INVALID_INPUT for a check without a training set
   */
  async recordCheck(tx: EntityManager, check: DatasetCheckInput): Promise<void> {
    const { version, examples, files, counts, findings } = check;
    const datasetHash = files.find(({ use }) => use === 'train')?.canonicalHash;
    if (datasetHash === undefined) {
      const message = 'found no file of use "train", expected the training set';
      throw new RanksweepError('INVALID_INPUT', `check.files: ${message}`, [
        { field: 'check.files', message },
      ]);
    }
    const read = files.map(({ use, contentHash }) => ({ use, contentHash }));
    const key = hashJson({ version, files: read });
    const row = {
      key,
      datasetHash,
      version,
      examples,
      files,
      counts,
      findings,
      checkedAt: this.clock.instant(),
    };
    await tx
      .createQueryBuilder()
      .insert()
      .into(DatasetCheck)
      .values(row as object)
      .orIgnore()
      .execute();
  }

  /** The latest first. */
  async page(first: number): Promise<Dataset[]> {
    return this.store.read.find(Dataset, { order: { firstSeenAt: 'DESC', hash: 'ASC' }, take: first });
  }

  checksOf(hash: string): Promise<DatasetCheck[]> {
    return this.checksLoader.load(hash);
  }

  usesOf(hash: string): Promise<DatasetUse[]> {
    return this.usesOfLoader.load(hash);
  }

  private async recordOne(tx: EntityManager, runId: string, input: DatasetInput): Promise<void> {
    const { canonicalHash: hash, contentHash, name, examples, bytes, use, path } = input;
    const dataset = { hash, contentHash, name, examples, bytes, firstSeenAt: this.clock.instant() };
    await tx.createQueryBuilder().insert().into(Dataset).values(dataset).orIgnore().execute();
    await tx.upsert(RunDataset, { runId, use, path, datasetHash: hash, contentHash }, ['runId', 'use']);
  }

  private async loadMany(hashes: string[]): Promise<Map<string, Dataset>> {
    const datasets = await this.store.read.findBy(Dataset, { hash: In(hashes) });
    return new Map(datasets.map((dataset) => [dataset.hash, dataset]));
  }

  private async loadUses(runIds: string[]): Promise<Map<string, RunDataset[]>> {
    const where = { runId: In(runIds) };
    const uses = await this.store.read.find(RunDataset, { where, order: { use: 'ASC' } });
    return groupBy(uses, ({ runId }) => runId);
  }

  private async loadChecks(hashes: string[]): Promise<Map<string, DatasetCheck[]>> {
    const where = { datasetHash: In(hashes) };
    const order = { version: 'DESC', checkedAt: 'DESC', key: 'ASC' } as const;
    const checks = await this.store.read.find(DatasetCheck, { where, order });
    return groupBy(checks, ({ datasetHash }) => datasetHash);
  }

  private async loadUsesOf(hashes: string[]): Promise<Map<string, DatasetUse[]>> {
    const rows = await this.store.read
      .createQueryBuilder(RunDataset, 'used')
      .select('used.datasetHash', 'datasetHash')
      .addSelect('used.use', 'use')
      .addSelect('COUNT(*)', 'runs')
      .where({ datasetHash: In(hashes) })
      .groupBy('used.datasetHash')
      .addGroupBy('used.use')
      .orderBy('used.use')
      .getRawMany<DatasetUse & { datasetHash: string }>();
    return groupBy(
      rows.map((row) => ({ ...row, runs: Number(row.runs) })),
      ({ datasetHash }) => datasetHash,
    );
  }
}
