import { type MigrationInterface, type QueryRunner, Table, TableColumn, TableIndex } from 'typeorm';

const text = (name: string) => ({ name, type: 'varchar' });
const long = (name: string) => ({ name, type: 'text' });
const key = { isPrimary: true };
const optional = (name: string, type = 'varchar') => new TableColumn({ name, type, isNullable: true });

const RUN = [
  optional('notes', 'text'),
  optional('groupName'),
  optional('parentId'),
  optional('deletedAt'),
  new TableColumn({ name: 'origin', type: 'varchar', default: "'worker'" }),
];
const PROJECT = [optional('updatedAt'), optional('deletedAt')];
const PARENT = new TableIndex({ columnNames: ['parentId'] });

const TABLES = [
  new Table({
    name: 'run_tag',
    columns: [{ ...text('runId'), ...key }, { ...text('key'), ...key }, long('value')],
    indices: [{ columnNames: ['key'] }],
  }),
  new Table({
    name: 'run_param',
    columns: [{ ...text('runId'), ...key }, { ...text('key'), ...key }, long('value')],
    indices: [{ columnNames: ['key'] }],
  }),
  new Table({
    name: 'project_tag',
    columns: [{ ...text('projectId'), ...key }, { ...text('key'), ...key }, long('value')],
    indices: [{ columnNames: ['key'] }],
  }),
];

/** What people and other programs say of runs: tags, notes, group, parent, parameters as text; and what is in the trash. */
export class RunAnnotations1764029300000 implements MigrationInterface {
  name = 'RunAnnotations1764029300000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await addColumns(queryRunner, 'run', RUN);
    await addColumns(queryRunner, 'project', PROJECT);
    await queryRunner.createIndex('run', PARENT.clone());
    for (const table of TABLES) await queryRunner.createTable(table.clone());
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { name } of TABLES) await queryRunner.dropTable(name);
    await queryRunner.dropIndex('run', PARENT.clone());
    await queryRunner.dropColumns('project', PROJECT);
    await queryRunner.dropColumns('run', RUN);
  }
}

/** On SQLite TypeORM would copy the whole table, and lose its triggers, to add a column that SQLite adds in place. */
async function addColumns(queryRunner: QueryRunner, table: string, columns: TableColumn[]): Promise<void> {
  if (queryRunner.dataSource.options.type === 'postgres') return queryRunner.addColumns(table, columns);
  for (const { name, type, default: value } of columns) {
    const rest = value === undefined ? '' : ` NOT NULL DEFAULT ${value}`;
    await queryRunner.query(`ALTER TABLE "${table}" ADD COLUMN "${name}" ${type}${rest}`);
  }
}
