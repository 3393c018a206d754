import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import 'reflect-metadata';
import { dialectOf } from '../../src/access/dialect.js';
import { Project } from '../../src/access/project.entity.js';
import { findByIdPrefix, insertRow, type Store } from '../../src/access/store.js';
import { openStore, openWriter } from '../../src/data-source.js';
import { Evaluation } from '../../src/runs/evaluation.entity.js';
import { Worker } from '../../src/runs/worker.entity.js';
import { createTestDatabase, POSTGRES, type TestDatabase } from '../api/test-database.js';

jest.setTimeout(60_000);

const now = '2026-11-24T20:00:00.000Z';
const worker = (id: string, device: unknown = {}): Worker => ({
  ...{ id, name: id, host: 'h', device, startedAt: now, lastSeenAt: now },
});

const TABLES: Record<string, string> = {
  sqlite: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
  postgres: 'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()',
};

/** A promise and the function that resolves it. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** What every database under the server promises. `npm run test:postgres` runs it on both. */
describe.each(['sqlite', ...(POSTGRES === undefined ? [] : ['postgres'])])('%s', (name) => {
  let folder: string;
  let database: TestDatabase | null = null;
  let store: Store;
  const open = () => openStore(folder, database?.url);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ranksweep-store-'));
    if (name === 'postgres') database = await createTestDatabase();
    store = await open();
  });
  beforeEach(() =>
    store.write(async (tx) => {
      for (const entity of [Worker, Project, Evaluation])
        await tx.createQueryBuilder().delete().from(entity).execute();
    }),
  );
  afterAll(async () => {
    await store.close();
    await database?.drop();
    rmSync(folder, { recursive: true });
  });

  /** Another database of the same kind. */
  async function withFresh(use: (address: string) => Promise<void>): Promise<void> {
    const fresh = database && (await createTestDatabase());
    await use(fresh?.url ?? join(folder, `${randomUUID()}.sqlite`)).finally(() => fresh?.drop());
  }

  const ids = async () => (await store.read.find(Worker, { order: { id: 'ASC' } })).map(({ id }) => id);
  const add = (...rows: Worker[]) => store.write((tx) => tx.insert(Worker, rows as object[]));

  test('is the one that was asked for', () => {
    expect(dialectOf(store.read).name).toBe(name);
  });

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
    await add(worker('b'));
    expect(await ids()).toEqual(['b']);
  });

  test('the reading connection refuses to write', async () => {
    await expect(insertRow(store.read, Worker, worker('a'))).rejects.toThrow(/read-?only/);
  });

  test('an ID may be shortened while it is unique', async () => {
    await add(...['worker_aa1', 'worker_aa2', 'worker_b', 'worker_bb'].map((id) => worker(id)));
    const find = async (id: string) => (await findByIdPrefix(store.read, Worker, id))?.id;
    expect(await find('worker_aa1')).toBe('worker_aa1');
    expect(await find('worker_b')).toBe('worker_b');
    expect(await find('worker_c')).toBeUndefined();
    expect(await find('worker_%')).toBeUndefined();
    expect(await find('')).toBeUndefined();
    await expect(find('worker_aa')).rejects.toThrow('several workers start with "worker_aa"');
  });

  test('numbers come back as they went in, to the last bit; NaN and the infinities too', async () => {
    const numbers = [
      0.1,
      1 / 3,
      -2.5e-7,
      Number.MAX_VALUE,
      Number.MIN_VALUE,
      2 ** 53,
      Infinity,
      -Infinity,
      Number.NaN,
    ];
    const scores = numbers.map((loss, i) => ({
      ...{ runId: 'r', name: String(i), role: 'inDomain', datasetHash: 'd', items: 1, tokens: 2 ** 31 - 1 },
      ...{ loss, bitsPerByte: loss, baseLoss: loss, baseBitsPerByte: loss },
    }));
    await store.write((tx) => tx.upsert(Evaluation, scores as object[], ['runId', 'name']));
    await store.write((tx) => tx.update(Evaluation, { name: '0' }, { loss: Infinity }));
    const rows = await store.read.find(Evaluation, { order: { name: 'ASC' } });
    expect(rows.map(({ bitsPerByte }) => bitsPerByte)).toEqual(numbers);
    expect(rows[0]!.loss).toBe(Infinity);
    expect(rows[0]!.tokens).toBe(2 ** 31 - 1);
  });

  test('JSON keeps its keys in order, its numbers and every character that text can hold', async () => {
    const device = { z: 1, a: [1e21, 0.1, null, true], '"': 'ä\u{1f600}\\u0000\n\u2028', ab: { c: '' } };
    await add(worker('a', device));
    const [row] = await store.read.find(Worker);
    expect(JSON.stringify(row!.device)).toBe(JSON.stringify(device));
  });

  test('text is ordered by code point, and capital letters are others', async () => {
    const names = ['Zebra', '_x', 'a-b', 'a.b', 'a1', 'aB', 'ab', 'zebra', 'ä', '\u{1f600}'];
    await add(...[...names].reverse().map((id) => worker(id)));
    expect(await ids()).toEqual(names);
    await store.write((tx) => tx.insert(Project, { id: 'p', name: 'Abc', createdAt: now }));
    expect(await store.read.countBy(Project, { name: 'abc' })).toBe(0);
    await store.write((tx) => tx.insert(Project, { id: 'q', name: 'abc', createdAt: now }));
    const again = store.write((tx) => tx.insert(Project, { id: 'r', name: 'abc', createdAt: now }));
    await expect(again).rejects.toThrow(/unique/i);
  });

  test('like takes a and A for the same, % and _ only where they are not escaped', async () => {
    await add(...['Loss', 'loss%', 'lo_s', 'Äpfel'].map((id) => worker(id)));
    const like = async (pattern: string) => {
      const query = store.read.createQueryBuilder(Worker, 'worker').orderBy('worker.id');
      const found = await query
        .where(dialectOf(query).like('worker.name', ':pattern'), { pattern })
        .getMany();
      return found.map(({ id }) => id);
    };
    expect(await like('LOSS%')).toEqual(['Loss', 'loss%']);
    expect(await like('loss\\%')).toEqual(['loss%']);
    expect(await like('lo_s')).toEqual(['Loss', 'lo_s']);
    expect(await like('äpfel')).toEqual([]);
  });

  test('counts and sums are numbers', async () => {
    await add(worker('a'), worker('b'));
    const query = store.read
      .createQueryBuilder(Worker, 'worker')
      .select('COUNT(*)', 'n')
      .addSelect('SUM(1)', 'sum');
    expect(await query.getRawOne()).toEqual({ n: 2, sum: 2 });
  });

  test('the migrations make exactly the tables that the entities describe; undone they leave none', () =>
    withFresh(async (address) => {
      const writer = await openWriter(address);
      try {
        const pending = await writer.driver.createSchemaBuilder().log();
        expect(pending.upQueries.map(({ query }) => query)).toEqual([]);
        expect(await writer.showMigrations()).toBe(false);
        for (const _ of writer.migrations) await writer.undoLastMigration();
        const left: { name: string }[] = await writer.query(TABLES[name]!);
        expect(left.map((table) => table.name)).toEqual(['migrations']);
      } finally {
        await writer.destroy();
      }
    }));

  test('a database of a newer version is refused, not touched', () =>
    withFresh(async (address) => {
      const writer = await openWriter(address);
      const future = 'FromTheFuture9999999999999';
      await writer.query(`INSERT INTO migrations (timestamp, name) VALUES (9999999999999, '${future}')`);
      await writer.destroy();
      await expect(openWriter(address)).rejects.toThrow(/newer version of Ranksweep \(FromTheFuture/);
    }));
});
