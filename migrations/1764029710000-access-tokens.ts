import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

const text = (name: string) => ({ name, type: 'varchar' });
const optional = (name: string) => ({ ...text(name), isNullable: true });

const token = new Table({
  name: 'access_token',
  columns: [
    { ...text('id'), isPrimary: true },
    text('name'),
    text('role'),
    { name: 'projectIds', type: 'text', isNullable: true },
    text('sha256'),
    text('createdAt'),
    optional('expiresAt'),
    optional('lastUsedAt'),
    optional('revokedAt'),
  ],
});

/** What programs and people show a server that is reached from other machines. */
export class AccessTokens1764029710000 implements MigrationInterface {
  name = 'AccessTokens1764029710000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(token.clone());
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('access_token');
  }
}
