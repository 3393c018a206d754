import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import 'reflect-metadata';
import { ServerOptions } from '../../src/access/server-options.js';
import type { Store } from '../../src/access/store.js';
import { ArtifactStorage } from '../../src/artifacts/artifact-storage.js';
import { GarbageService } from '../../src/artifacts/garbage.service.js';
import { openStore } from '../../src/data-source.js';
import { createTestDatabase, type TestDatabase } from '../api/test-database.js';
import { FakeClock } from '../api/test-server.js';
import { newPlace } from './blob-stores.js';

jest.setTimeout(60_000);
const DAY_MS = 24 * 3_600_000;
const CONTENT = Buffer.from('a content that nobody refers to');

let settings: ReturnType<typeof newPlace>;
let database: TestDatabase | null;
let store: Store;
let storage: ArtifactStorage;
let garbage: GarbageService;
const clock = new FakeClock();

beforeEach(async () => {
  settings = newPlace();
  database = await createTestDatabase();
  store = await openStore(settings.dataFolder, database?.url);
  storage = new ArtifactStorage(store, clock, new ServerOptions(settings.dataFolder, 1000, '1', settings));
  garbage = new GarbageService(store, clock, storage);
});
afterEach(async () => {
  await store.close();
  await database?.drop();
  rmSync(settings.dataFolder, { recursive: true });
});

const upload = (content = CONTENT) =>
  storage.upload({
    content: (async function* () {
      yield content;
    })(),
  });
const collect = () =>
  garbage.collect({
    now: clock.instant(),
    before: clock.instant(-7 * DAY_MS),
    untouchedSince: clock.instant(-DAY_MS),
  });

/** Runs `meanwhile` after the clean-up has found what it may remove, and before it removes it. */
function beforeRemoval(meanwhile: () => Promise<unknown>): void {
  const write = store.write.bind(store);
  let writes = 0;
  store.write = async (work) => {
    writes++;
    // the first one fills the trash, the second empties it
    if (writes === 2) (await Object.assign(store, { write })) && (await meanwhile());
    return write(work);
  };
}

describe('a clean-up', () => {
  test('removes what has been in the trash for its time', async () => {
    const { sha256 } = await upload();
    clock.advance(2 * DAY_MS);
    expect((await collect()).trashed).toEqual({ files: 1, bytes: CONTENT.length });
    clock.advance(8 * DAY_MS);
    expect((await collect()).freed).toEqual({ files: 1, bytes: CONTENT.length });
    expect(await storage.blobs.bytes(sha256)).toBeNull();
  });

  test.each([
    ['uploaded again', () => upload()],
    ['asked for', (sha256: string) => storage.touch(sha256)],
  ])('leaves what is %s while it goes on', async (_, meanwhile) => {
    const { sha256 } = await upload();
    clock.advance(2 * DAY_MS);
    await collect();
    clock.advance(8 * DAY_MS);
    beforeRemoval(() => meanwhile(sha256));
    expect((await collect()).freed.files).toBe(0);
    expect(await storage.blobs.bytes(sha256)).toBe(CONTENT.length);
  });

  test('gives a content without a row one, and its time', async () => {
    const file = await storage.spool.receive(
      (async function* () {
        yield CONTENT;
      })(),
      () => {},
    );
    await storage.blobs.put(file);
    await storage.spool.discard(file);
    clock.advance(30 * DAY_MS);
    expect(await collect()).toMatchObject({ trashed: { files: 0 }, freed: { files: 0 } });
    clock.advance(2 * DAY_MS);
    expect(await collect()).toMatchObject({ trashed: { files: 1 }, freed: { files: 0 } });
  });

  test('that was cut off between the two removals is no reason to believe the row', async () => {
    const { sha256 } = await upload();
    await storage.blobs.remove(sha256);
    expect(await storage.touch(sha256)).toBeNull();
    expect(await upload()).toEqual({ sha256, bytes: CONTENT.length, isNew: true });
    expect(await storage.blobs.bytes(sha256)).toBe(CONTENT.length);
  });
});
