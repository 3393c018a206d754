import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions } from 'typeorm';

const key = (name: string): TableColumnOptions => ({ name, type: 'varchar', isPrimary: true });
const text = (name: string): TableColumnOptions => ({ name, type: 'varchar' });
const long = (name: string): TableColumnOptions => ({ name, type: 'text' });
const real = (name: string): TableColumnOptions => ({ name, type: 'double precision' });
const optional = (column: TableColumnOptions): TableColumnOptions => ({ ...column, isNullable: true });

const TABLES = [
  new Table({
    name: 'run_input',
    columns: [
      ...[key('runId'), key('datasetHash'), text('name'), text('digest'), optional(text('context'))],
      ...[
        text('sourceType'),
        long('source'),
        optional(long('schema')),
        optional(long('profile')),
        long('tags'),
      ],
    ],
    indices: [{ columnNames: ['name'] }],
  }),
  new Table({
    name: 'logged_model',
    columns: [
      ...[
        key('id'),
        text('projectId'),
        optional(text('sourceRunId')),
        text('name'),
        optional(text('modelType')),
      ],
      ...[text('status'), text('createdAt'), text('updatedAt'), optional(text('deletedAt'))],
      ...[long('params'), long('tags')],
    ],
    indices: [{ columnNames: ['projectId', 'createdAt'] }, { columnNames: ['sourceRunId'] }],
  }),
  new Table({
    name: 'logged_model_metric',
    columns: [
      ...[key('modelId'), key('name'), key('runId'), key('datasetName'), key('datasetDigest')],
      ...[real('step'), real('time'), optional(real('value'))],
    ],
  }),
  new Table({
    name: 'run_model',
    columns: [key('runId'), key('modelId'), key('use'), real('step')],
    indices: [{ columnNames: ['modelId'] }],
  }),
  new Table({
    name: 'registered_model',
    columns: [
      ...[key('name'), optional(long('description')), text('createdAt'), text('updatedAt')],
      ...[long('tags'), long('aliases')],
    ],
  }),
  new Table({
    name: 'model_version',
    columns: [
      ...[key('name'), { name: 'version', type: 'integer', isPrimary: true }, long('source')],
      ...[optional(text('runId')), optional(text('modelId')), optional(long('description')), text('stage')],
      ...[text('createdAt'), text('updatedAt'), long('tags')],
    ],
    indices: [{ columnNames: ['runId'] }],
  }),
];

/** What only MLflow's clients record: datasets as they describe them, logged models, and the registry of models. */
export class MlflowRecords1764029310000 implements MigrationInterface {
  name = 'MlflowRecords1764029310000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) await queryRunner.createTable(table.clone());
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { name } of TABLES) await queryRunner.dropTable(name);
  }
}
