import { expect, test } from '@jest/globals';
import { GroupSync } from '../../src/access/group-sync.js';

/** A disk whose flushes end when the test says so. */
class SlowDisk {
  readonly flushes: { resolve: () => void; reject: (error: Error) => void }[] = [];
  readonly sync = new GroupSync(() => {
    return new Promise<void>((resolve, reject) => {
      this.flushes.push({ resolve, reject });
    });
  });
}

const turns = () => new Promise(setImmediate);

/** What has happened to promises, by name. */
function watch(promises: Record<string, Promise<unknown>>): Record<string, string> {
  const states: Record<string, string> = {};
  for (const [name, promise] of Object.entries(promises)) {
    states[name] = 'waits';
    promise.then(
      () => (states[name] = 'done'),
      (error) => (states[name] = error.message),
    );
  }
  return states;
}

test('who asks while the disk is busy shares the next flush, never the one that began before', async () => {
  const disk = new SlowDisk();
  const first = disk.sync.sync();
  await turns();
  const states = watch({ first, second: disk.sync.sync(), third: disk.sync.sync() });
  await turns();
  expect(disk.flushes).toHaveLength(1);
  disk.flushes[0]!.resolve();
  await turns();
  expect(states).toEqual({ first: 'done', second: 'waits', third: 'waits' });
  expect(disk.flushes).toHaveLength(2);
  disk.flushes[1]!.resolve();
  await turns();
  expect(states).toEqual({ first: 'done', second: 'done', third: 'done' });
});

test('after a failed flush nothing is acknowledged any more, though the disk says it is well again', async () => {
  const disk = new SlowDisk();
  const first = disk.sync.sync();
  await turns();
  const states = watch({ first, second: disk.sync.sync() });
  disk.flushes[0]!.reject(new Error('EIO'));
  await turns();
  expect(states.first).toContain('the disk reported an error (EIO)');
  expect(states.second).toContain('the disk reported an error (EIO)');
  expect(disk.flushes).toHaveLength(1);
  await expect(disk.sync.sync()).rejects.toThrow('until the server is started again');
  expect(() => disk.sync.check()).toThrow('EIO');
});
