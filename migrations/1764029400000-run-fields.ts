import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

const field = new Table({
  name: 'run_field',
  withoutRowid: true,
  columns: [
    { name: 'path', type: 'varchar', isPrimary: true },
    { name: 'runId', type: 'varchar', isPrimary: true },
    { name: 'kind', type: 'varchar' },
    { name: 'number', type: 'double precision', isNullable: true },
    { name: 'text', type: 'text', isNullable: true },
  ],
  indices: [{ columnNames: ['runId'] }],
});
/** runs whose config was written and whose fields were not yet */
const unindexed = new Table({
  name: 'run_unindexed',
  columns: [{ name: 'runId', type: 'varchar', isPrimary: true }],
});

const SQLITE_UP = [
  'INSERT INTO run_unindexed SELECT id FROM run',
  `CREATE TRIGGER run_config_inserted AFTER INSERT ON run
   BEGIN INSERT OR IGNORE INTO run_unindexed VALUES (NEW.id); END`,
  `CREATE TRIGGER run_config_updated AFTER UPDATE OF config ON run
   BEGIN INSERT OR IGNORE INTO run_unindexed VALUES (NEW.id); END`,
  `CREATE TRIGGER run_config_deleted AFTER DELETE ON run
   BEGIN DELETE FROM run_field WHERE runId = OLD.id; DELETE FROM run_unindexed WHERE runId = OLD.id; END`,
];
const POSTGRES_UP = [
  'INSERT INTO run_unindexed SELECT id FROM run',
  `CREATE FUNCTION note_run_config() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN INSERT INTO run_unindexed VALUES (NEW.id) ON CONFLICT DO NOTHING; RETURN NULL; END $$`,
  `CREATE FUNCTION drop_run_fields() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN DELETE FROM run_field WHERE "runId" = OLD.id; DELETE FROM run_unindexed WHERE "runId" = OLD.id; RETURN NULL; END $$`,
  'CREATE TRIGGER run_config_inserted AFTER INSERT ON run FOR EACH ROW EXECUTE FUNCTION note_run_config()',
  'CREATE TRIGGER run_config_updated AFTER UPDATE OF config ON run FOR EACH ROW EXECUTE FUNCTION note_run_config()',
  'CREATE TRIGGER run_config_deleted AFTER DELETE ON run FOR EACH ROW EXECUTE FUNCTION drop_run_fields()',
];

/** The values of configs in a narrow table, and triggers that note which configs it has yet to take in. */
export class RunFields1764029400000 implements MigrationInterface {
  name = 'RunFields1764029400000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(field.clone());
    await queryRunner.createTable(unindexed.clone());
    const isPostgres = queryRunner.dataSource.options.type === 'postgres';
    for (const sql of isPostgres ? POSTGRES_UP : SQLITE_UP) await queryRunner.query(sql);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const on = queryRunner.dataSource.options.type === 'postgres' ? ' ON run' : '';
    for (const what of ['inserted', 'updated', 'deleted']) {
      await queryRunner.query(`DROP TRIGGER run_config_${what}${on}`);
    }
    if (on !== '') await queryRunner.query('DROP FUNCTION note_run_config(), drop_run_fields()');
    await queryRunner.dropTable('run_field');
    await queryRunner.dropTable('run_unindexed');
  }
}
