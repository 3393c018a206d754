import {
  type MigrationInterface,
  type QueryRunner,
  Table,
  TableColumn,
  type TableColumnOptions,
} from 'typeorm';

const text = (name: string, rest: Partial<TableColumnOptions> = {}) => ({ name, type: 'varchar', ...rest });
const long = (name: string, rest: Partial<TableColumnOptions> = {}) => ({ name, type: 'text', ...rest });
const int = (name: string) => ({ name, type: 'integer' });
const real = (name: string) => ({ name, type: 'double precision', isNullable: true });
const key = { isPrimary: true };
const optional = { isNullable: true };

const items = new Table({
  name: 'evaluation_items',
  columns: [text('hash', key), int('count'), long('keys'), long('groups', optional)],
});

const score = (blob: string) =>
  new Table({
    name: 'evaluation_score',
    columns: [
      ...[text('runId', key), text('name', key), text('score', key), text('goal'), text('itemsHash')],
      ...[int('count'), real('value'), { name: 'values', type: blob }],
      ...[{ name: 'weights', type: blob, isNullable: true }, text('baseKey', optional)],
    ],
    indices: [{ columnNames: ['baseKey'] }],
  });

const base = (blob: string) =>
  new Table({
    name: 'base_score',
    columns: [
      ...[text('key', key), text('model'), text('itemsHash'), int('count'), real('value')],
      ...[{ name: 'values', type: blob }, text('storedAt')],
    ],
  });

/** What a run's scores are on each item of its evaluation sets, the base model's once for all runs, and how far a set is from the training data. */
export class EvaluationItems1764029760000 implements MigrationInterface {
  name = 'EvaluationItems1764029760000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const isPostgres = queryRunner.dataSource.options.type === 'postgres';
    const blob = isPostgres ? 'bytea' : 'blob';
    for (const table of [items, score(blob), base(blob)]) await queryRunner.createTable(table.clone());
    for (const name of ['distance', 'suiteHash']) {
      // on SQLite TypeORM would copy the whole table to add a column
      if (isPostgres) await queryRunner.addColumn('evaluation', new TableColumn(text(name, optional)));
      else await queryRunner.query(`ALTER TABLE evaluation ADD COLUMN "${name}" varchar`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of ['distance', 'suiteHash']) await queryRunner.dropColumn('evaluation', name);
    for (const name of ['evaluation_items', 'evaluation_score', 'base_score'])
      await queryRunner.dropTable(name);
  }
}
