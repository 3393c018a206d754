import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { BatchLoader, groupBy } from '../access/batch-loader.js';
import { Clock } from '../access/clock.js';
import { findByIdPrefix, found, Store } from '../access/store.js';
import { Dataset } from './dataset.entity.js';
import type { DatasetInput } from './dataset.input.js';
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
}
