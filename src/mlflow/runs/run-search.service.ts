import { Injectable } from '@nestjs/common';
import { Store } from '../../access/store.js';
import { MetricService } from '../../runs/metric.service.js';
import { Run } from '../../runs/run.entity.js';
import { RunFieldService } from '../../runs/run-field.service.js';
import { ExperimentService } from '../experiments/experiment.service.js';
import { decodeOffset, encodeOffset } from '../protocol/page-token.js';
import type { RequestFields } from '../protocol/request-fields.js';
import { pageSize } from '../search/page-size.js';
import { type Order, readFilter, readOrder, type Vocabulary } from '../search/vocabulary.js';
import { RunSearchSql } from './run-search-sql.js';
import { RunViewService } from './run-view.service.js';

const VOCABULARY: Vocabulary = {
  kinds: ['metric', 'parameter', 'tag', 'attribute', 'dataset'],
  numericAttributes: ['start_time', 'end_time'],
  textAttributes: ['artifact_uri', 'run_id', 'run_name', 'status', 'user_id'],
  listAttributes: ['run_id'],
  nullable: ['tag', 'parameter'],
  aliases: {
    ...{ created: 'start_time', Created: 'start_time' },
    ...{ 'run name': 'run_name', 'Run name': 'run_name', 'Run Name': 'run_name' },
  },
};
const STANDARD = 1000;
const MOST = 50_000;

/** runs/search: MLflow's whole filter grammar, as SQL. */
@Injectable()
export class RunSearchService {
  constructor(
    private readonly store: Store,
    private readonly metrics: MetricService,
    private readonly views: RunViewService,
    private readonly experiments: ExperimentService,
    private readonly fields: RunFieldService,
  ) {}

  async search(fields: RequestFields) {
    const projects = await this.experiments.projectIds(fields.texts('experiment_ids'));
    const size = pageSize(fields, STANDARD, MOST);
    const offset = decodeOffset(fields.optionalText('page_token'));
    const query = this.query(fields, projects)
      .offset(offset)
      .limit(size + 1);
    await Promise.all([this.metrics.settle(), this.fields.catchUp()]);
    const runs = await query.getMany();
    const more = runs.length > size;
    return {
      runs: await this.views.all(runs.slice(0, size)),
      ...(more && { next_page_token: encodeOffset(offset + size) }),
    };
  }

  private query(fields: RequestFields, projects: string[]) {
    const query = this.store.read.createQueryBuilder(Run, 'run');
    const sql = new RunSearchSql(query);
    const conditions = readFilter(fields.optionalText('filter'), VOCABULARY);
    const orders = readOrder(fields.texts('order_by'), VOCABULARY);
    query.where(projects.length === 0 ? '1 = 0' : `run.projectId IN ${sql.bind(projects)}`);
    const view = fields.optionalText('run_view_type') ?? 'ACTIVE_ONLY';
    if (view !== 'ALL') query.andWhere(`run.deletedAt IS ${view === 'DELETED_ONLY' ? 'NOT NULL' : 'NULL'}`);
    for (const condition of conditions) query.andWhere(`(${sql.condition(condition)})`);
    withTies(orders).forEach((order, i) => {
      const [rank, value] = sql.order(order);
      // in brackets, or TypeORM would take a bare column for the entity's own and rename it
      query.addSelect(`(${rank})`, `r${i}`).addSelect(`(${value})`, `v${i}`);
      query.addOrderBy(`r${i}`, 'ASC').addOrderBy(`v${i}`, order.ascending ? 'ASC' : 'DESC');
    });
    return query;
  }
}

/** Newest first where nothing else decides, then by ID: a total order, so that pages fit together. */
function withTies(orders: Order[]): Order[] {
  const has = (key: string) => orders.some((order) => order.kind === 'attribute' && order.key === key);
  const start: Order = { kind: 'attribute', key: 'start_time', ascending: false };
  const id: Order = { kind: 'attribute', key: 'run_id', ascending: true };
  return [...orders, ...(has('start_time') ? [] : [start]), ...(has('run_id') ? [] : [id])];
}
