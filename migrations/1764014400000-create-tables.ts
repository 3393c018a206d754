import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions } from 'typeorm';

/** Column types that SQLite and Postgres both have; moments are ISO 8601 text, which sorts; JSON is text. */
const text = (name: string, rest: Partial<TableColumnOptions> = {}) => ({ name, type: 'varchar', ...rest });
const long = (name: string, rest: Partial<TableColumnOptions> = {}) => ({ name, type: 'text', ...rest });
const int = (name: string, rest: Partial<TableColumnOptions> = {}) => ({ name, type: 'integer', ...rest });
const real = (name: string, rest: Partial<TableColumnOptions> = {}) => ({
  name,
  type: 'double precision',
  ...rest,
});
const key = { isPrimary: true };
const optional = { isNullable: true };

const project = new Table({
  name: 'project',
  columns: [text('id', key), text('name', { isUnique: true }), text('createdAt')],
});

const run = new Table({
  name: 'run',
  columns: [
    text('id', key),
    text('name'),
    text('projectId'),
    text('state'),
    text('sweepId', optional),
    text('trialId', optional),
    int('trialNumber', optional),
    text('workerId', optional),
    long('config'),
    text('configHash'),
    real('seed', optional),
    long('provenance'),
    long('facts'),
    long('error', optional),
    long('stopReason', optional),
    text('startedAt'),
    text('endedAt', optional),
    text('reproduces', optional),
    int('leaseToken'),
    text('leaseExpiresAt'),
    int('lastBatch'),
    long('stopRequest', optional),
  ],
  indices: [
    { columnNames: ['projectId', 'startedAt'] },
    { columnNames: ['state', 'leaseExpiresAt'] },
    { columnNames: ['sweepId'] },
    { columnNames: ['trialId'] },
    { columnNames: ['configHash'] },
    { columnNames: ['reproduces'] },
  ],
});

const runLog = new Table({
  name: 'run_log',
  columns: [text('runId', key), int('batch', key), long('lines')],
});

const metricSeries = new Table({
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

const metricChunk = (blob: string) =>
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

const evaluation = new Table({
  name: 'evaluation',
  columns: [
    text('runId', key),
    text('name', key),
    text('role'),
    text('datasetHash'),
    int('items'),
    int('tokens'),
    real('loss', optional),
    real('bitsPerByte', optional),
    real('baseLoss', optional),
    real('baseBitsPerByte', optional),
  ],
  indices: [{ columnNames: ['datasetHash'] }],
});

const reproduction = new Table({
  name: 'reproduction',
  columns: [
    text('reproductionId', key),
    text('originalId'),
    text('verdict'),
    real('step', optional),
    text('metric', optional),
    long('evidence'),
    long('differences'),
    text('judgedAt'),
  ],
  indices: [{ columnNames: ['originalId'] }],
});

const worker = new Table({
  name: 'worker',
  columns: [
    text('id', key),
    text('name'),
    text('host'),
    long('device'),
    text('startedAt'),
    text('lastSeenAt'),
  ],
});

const dataset = new Table({
  name: 'dataset',
  columns: [
    text('hash', key),
    text('contentHash'),
    text('name'),
    int('examples'),
    real('bytes'),
    text('firstSeenAt'),
  ],
});

const runDataset = new Table({
  name: 'run_dataset',
  columns: [text('runId', key), text('use', key), text('path'), text('datasetHash'), text('contentHash')],
  indices: [{ columnNames: ['datasetHash'] }],
});

const runArtifact = new Table({
  name: 'run_artifact',
  columns: [text('runId', key), text('name', key), text('sha256'), real('bytes')],
  indices: [{ columnNames: ['sha256'] }],
});

const sweep = new Table({
  name: 'sweep',
  columns: [
    text('id', key),
    text('name'),
    text('projectId'),
    text('state'),
    long('yaml'),
    text('source', optional),
    long('config'),
    text('method'),
    long('metric', optional),
    real('seed'),
    int('runCap', optional),
    int('plannedTrials', optional),
    text('createdAt'),
    text('endedAt', optional),
  ],
  indices: [{ columnNames: ['projectId'] }, { columnNames: ['state', 'createdAt'] }],
});

const trial = new Table({
  name: 'trial',
  columns: [
    text('id', key),
    text('sweepId'),
    int('number'),
    text('state'),
    long('parameters'),
    long('why'),
    text('historyHash'),
    long('objective', optional),
    int('attempts'),
    text('latestRunId', optional),
    text('createdAt'),
    text('endedAt', optional),
  ],
  indices: [{ columnNames: ['sweepId', 'number'], isUnique: true }, { columnNames: ['sweepId', 'state'] }],
});

export class CreateTables1764014400000 implements MigrationInterface {
  name = 'CreateTables1764014400000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const blob = queryRunner.dataSource.options.type === 'postgres' ? 'bytea' : 'blob';
    const tables = [project, sweep, trial, run, runLog, metricSeries, metricChunk(blob), evaluation];
    const others = [reproduction, worker, dataset, runDataset, runArtifact];
    for (const table of [...tables, ...others]) await queryRunner.createTable(table.clone());
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const names = [
      'project',
      'sweep',
      'trial',
      'run',
      'run_log',
      'metric_series',
      'metric_chunk',
      'evaluation',
    ];
    const others = ['reproduction', 'worker', 'dataset', 'run_dataset', 'run_artifact'];
    for (const name of [...names, ...others]) await queryRunner.dropTable(name);
  }
}
