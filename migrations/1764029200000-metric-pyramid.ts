import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions } from 'typeorm';

const text = (name: string, rest: Partial<TableColumnOptions> = {}) => ({ name, type: 'varchar', ...rest });
const int = (name: string, rest: Partial<TableColumnOptions> = {}) => ({ name, type: 'integer', ...rest });
const real = (name: string, rest: Partial<TableColumnOptions> = {}) => ({
  name,
  type: 'double precision',
  ...rest,
});
const key = { isPrimary: true };
const optional = { isNullable: true };

const metricLog = (blob: string) =>
  new Table({
    name: 'metric_log',
    columns: [text('id', key), text('runId'), int('points'), { name: 'data', type: blob }],
  });

const metricSeries = new Table({
  name: 'metric_series',
  withoutRowid: true,
  columns: [
    text('runId', key),
    text('name', key),
    int('count'),
    real('last', optional),
    real('lastStep'),
    real('lastTime'),
    real('firstStep'),
    real('min', optional),
    real('max', optional),
    real('finiteMin', optional),
    real('finiteMax', optional),
    real('sum', optional),
    int('nanCount'),
    int('nextSeq'),
    int('tailSeq'),
    int('tailPoints'),
    int('openPoints'),
  ],
  indices: [
    { columnNames: ['name', 'last'] },
    { columnNames: ['name', 'finiteMin'] },
    { columnNames: ['name', 'finiteMax'] },
  ],
});

const metricChunk = (blob: string) =>
  new Table({
    name: 'metric_chunk',
    columns: [
      text('runId', key),
      text('name', key),
      int('seq', key),
      int('count'),
      real('firstStep'),
      real('firstTime'),
      real('first', optional),
      real('lastStep'),
      real('lastTime'),
      real('last', optional),
      real('min', optional),
      real('max', optional),
      real('sum', optional),
      int('nanCount'),
      { name: 'buckets', type: blob },
      { name: 'steps', type: blob },
      { name: 'values', type: blob },
      { name: 'times', type: blob },
    ],
  });

interface OldChunk {
  runId: string;
  name: string;
  seq: number;
  count: number;
  steps: Buffer;
  values: Buffer;
  times: Buffer;
}

/**
 * Metrics in ordered chunks with buckets for zooming out, and points that wait in metric_log until they are merged. Points of older
 * versions become such waiting points: the server merges them when it starts.
 */
export class MetricPyramid1764029200000 implements MigrationInterface {
  name = 'MetricPyramid1764029200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const blob = queryRunner.dataSource.options.type === 'postgres' ? 'bytea' : 'blob';
    await queryRunner.createTable(metricLog(blob));
    await toLog(queryRunner);
    for (const name of ['metric_series', 'metric_chunk']) await queryRunner.dropTable(name);
    for (const table of [metricSeries.clone(), metricChunk(blob)]) await queryRunner.createTable(table);
  }

  /** Back to the empty tables of before: this version's points cannot be read by that one. */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of ['metric_log', 'metric_series', 'metric_chunk']) await queryRunner.dropTable(name);
    const blob = queryRunner.dataSource.options.type === 'postgres' ? 'bytea' : 'blob';
    for (const table of [oldSeries.clone(), oldChunk(blob)]) await queryRunner.createTable(table);
  }
}

async function toLog(queryRunner: QueryRunner): Promise<void> {
  const { manager } = queryRunner;
  const keys: { runId: string; name: string; seq: number }[] = await queryRunner.query(
    'SELECT "runId", "name", "seq" FROM metric_chunk ORDER BY "runId", "name", "seq"',
  );
  for (const [i, { runId, name, seq }] of keys.entries()) {
    const chunk: OldChunk | undefined = await manager
      .createQueryBuilder()
      .select('chunk.*')
      .from('metric_chunk', 'chunk')
      .where('chunk."runId" = :runId AND chunk."name" = :name AND chunk."seq" = :seq', { runId, name, seq })
      .getRawOne();
    const row = { id: `old${String(i).padStart(9, '0')}`, runId, points: chunk!.count, data: block(chunk!) };
    await manager.createQueryBuilder().insert().into('metric_log').values(row).execute();
  }
}

/** One metric's points as version 1 of a block: u8 1, u8 0, u16 0, u32 1, u32 count, u16 name's length, name, zeros to 8, the columns. */
function block({ name, count, steps, values, times }: OldChunk): Buffer {
  const bytes = Buffer.from(name);
  const head = Buffer.alloc(Math.ceil((14 + bytes.length) / 8) * 8);
  head.writeUInt8(1, 0);
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(count, 8);
  head.writeUInt16LE(bytes.length, 12);
  bytes.copy(head, 14);
  return Buffer.concat([head, steps, values, times]);
}

const oldSeries = new Table({
  name: 'metric_series',
  columns: [
    text('runId', key),
    text('name', key),
    int('count'),
    real('last', optional),
    real('lastStep'),
    real('min', optional),
    real('max', optional),
    int('nanCount'),
  ],
  indices: [{ columnNames: ['name', 'last'] }],
});

const oldChunk = (blob: string) =>
  new Table({
    name: 'metric_chunk',
    columns: [
      text('runId', key),
      text('name', key),
      int('seq', key),
      int('count'),
      real('firstStep'),
      real('lastStep'),
      real('min', optional),
      real('max', optional),
      int('nanCount'),
      { name: 'steps', type: blob },
      { name: 'values', type: blob },
      { name: 'times', type: blob },
    ],
  });
