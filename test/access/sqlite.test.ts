import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import 'reflect-metadata';
import type { Store } from '../../src/access/store.js';
import { openStore } from '../../src/data-source.js';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ranksweep-store-'));
  store = await openStore(folder);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** What SQLite alone has; what every database promises is in test/contracts/database.test.ts. */
test('both connections write ahead; the store itself flushes what it acknowledges', async () => {
  const pragmas = async (ask: (sql: string) => Promise<unknown>) => [
    await ask('PRAGMA journal_mode'),
    await ask('PRAGMA synchronous'),
    await ask('PRAGMA foreign_keys'),
  ];
  const expected = (synchronous: number) => [
    [{ journal_mode: 'wal' }],
    [{ synchronous }],
    [{ foreign_keys: 1 }],
  ];
  expect(await pragmas((sql) => store.read.query(sql))).toEqual(expected(2));
  expect(await store.write((tx) => pragmas((sql) => tx.query(sql)))).toEqual(expected(1));
  await store.close();
  store = await openStore(folder);
  expect(await store.write((tx) => pragmas((sql) => tx.query(sql)))).toEqual(expected(1));
});

test('a second server on the same folder is refused; after the first has ended it starts', async () => {
  await expect(openStore(folder)).rejects.toThrow(`${folder} is used by another Ranksweep server`);
  await store.close();
  store = await openStore(folder);
});

test('a damaged database and a folder that is none are one sentence each, and nothing is overwritten', async () => {
  await store.close();
  const file = join(folder, 'ranksweep.sqlite');
  rmSync(file);
  writeFileSync(file, 'this is no database, though it is long enough to have been one'.repeat(100));
  const before = readFileSync(file);
  await expect(openStore(folder)).rejects.toThrow(`${folder} holds a damaged database: restore a backup`);
  expect(readFileSync(file).equals(before)).toBe(true);
  await expect(openStore(file)).rejects.toThrow(`${file} is no folder: name another with --data`);
  rmSync(file);
  store = await openStore(folder);
});

test('only its owner may read the database', () => {
  expect(statSync(join(folder, 'ranksweep.sqlite')).mode & 0o777).toBe(0o600);
});
