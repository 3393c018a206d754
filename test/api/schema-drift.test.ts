import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import 'reflect-metadata';
import { openWriter } from '../../src/data-source.js';

const folder = mkdtempSync(join(tmpdir(), 'ranksweep-migrations-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the migrations make exactly the tables that the entities describe', async () => {
  const writer = await openWriter(join(folder, 'fresh.sqlite'));
  const pending = await writer.driver.createSchemaBuilder().log();
  expect(pending.upQueries.map(({ query }) => query)).toEqual([]);
  await writer.destroy();
});

test('a second start finds nothing to migrate; the down migrations leave no table', async () => {
  const writer = await openWriter(join(folder, 'fresh.sqlite'));
  expect(await writer.showMigrations()).toBe(false);
  for (const _ of writer.migrations) await writer.undoLastMigration();
  const tables = await writer.query("SELECT name FROM sqlite_master WHERE type = 'table'");
  expect(
    tables.map(({ name }: { name: string }) => name).filter((n: string) => !n.startsWith('sqlite_')),
  ).toEqual(['migrations']);
  await writer.destroy();
});

test('a database of a newer version is refused, not touched', async () => {
  const file = join(folder, 'newer.sqlite');
  const writer = await openWriter(file);
  await writer.query(
    "INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'FromTheFuture9999999999999')",
  );
  await writer.destroy();
  await expect(openWriter(file)).rejects.toThrow(/newer version of Ranksweep \(FromTheFuture/);
});
