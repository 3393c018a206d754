import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import 'reflect-metadata';
import { findByIdPrefix, insertRow, type Store } from '../../src/access/store.js';
import { openStore } from '../../src/data-source.js';
import { Worker } from '../../src/runs/worker.entity.js';

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

const now = '2026-11-24T20:00:00.000Z';
const worker = (id: string) => ({ id, name: id, host: 'h', device: {}, startedAt: now, lastSeenAt: now });
const ids = async () => (await store.read.find(Worker, { order: { id: 'ASC' } })).map(({ id }) => id);

/** A promise and the function that resolves it. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

test("another request's write survives a rollback that it overlapped", async () => {
  const { opened, open } = gate();
  const failing = store.write(async (tx) => {
    await insertRow(tx, Worker, worker('a'));
    await opened;
    throw new Error('rolled back');
  });
  const plain = store.write((tx) => insertRow(tx, Worker, worker('b')));
  const transaction = store.write(async (tx) => {
    await insertRow(tx, Worker, worker('c'));
    await insertRow(tx, Worker, worker('d'));
  });
  open();
  await expect(failing).rejects.toThrow('rolled back');
  await Promise.all([plain, transaction]);
  expect(await ids()).toEqual(['b', 'c', 'd']);
});

test('a reader sees nothing of a transaction that is still open', async () => {
  const { opened, open } = gate();
  const inserted = gate();
  const writing = store.write(async (tx) => {
    await insertRow(tx, Worker, worker('a'));
    inserted.open();
    await opened;
  });
  await inserted.opened;
  expect(await ids()).toEqual([]);
  open();
  await writing;
  expect(await ids()).toEqual(['a']);
});

test('writes are done in the order in which they were asked for', async () => {
  const order: number[] = [];
  const writes = [0, 1, 2, 3].map((n) => store.write(async () => void order.push(n)));
  await Promise.all(writes);
  expect(order).toEqual([0, 1, 2, 3]);
});

test('a write within a write is an error, not a wait for ever', async () => {
  const nested = store.write(() => store.write((tx) => insertRow(tx, Worker, worker('a'))));
  await expect(nested).rejects.toThrow('a write within a write');
  await store.write((tx) => insertRow(tx, Worker, worker('b')));
  expect(await ids()).toEqual(['b']);
});

test('the reading connection refuses to write', async () => {
  await expect(insertRow(store.read, Worker, worker('a'))).rejects.toThrow(/readonly/);
});

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

test('an ID may be shortened while it is unique', async () => {
  for (const id of ['worker_aa1', 'worker_aa2', 'worker_b', 'worker_bb']) {
    await store.write((tx) => insertRow(tx, Worker, worker(id)));
  }
  const find = async (id: string) => (await findByIdPrefix(store.read, Worker, id))?.id;
  expect(await find('worker_aa1')).toBe('worker_aa1');
  expect(await find('worker_b')).toBe('worker_b');
  expect(await find('worker_c')).toBeUndefined();
  expect(await find('worker_%')).toBeUndefined();
  expect(await find('')).toBeUndefined();
  await expect(find('worker_aa')).rejects.toThrow('several workers start with "worker_aa"');
});
