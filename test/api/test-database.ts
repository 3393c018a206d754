import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** The address of a Postgres in which the tests may make databases; undefined: they run on SQLite. `npm run test:postgres` sets it. */
export const POSTGRES = process.env.RANKSWEEP_TEST_DATABASE || undefined;

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** A new database whose own order of text is that of English, to see that the server's is not; null on SQLite. */
export async function createTestDatabase(): Promise<TestDatabase | null> {
  if (POSTGRES === undefined) return null;
  const name = `ranksweep_test_${randomBytes(6).toString('hex')}`;
  await administer(
    POSTGRES,
    `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C'`,
  );
  const url = new URL(POSTGRES);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(POSTGRES, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** One statement outside of any transaction. */
export async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
