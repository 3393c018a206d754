import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import {
  checkRunFiles,
  leakageError,
  runCheckKey,
  type UsedFile,
} from '../../../src/data/quality/run-check.js';
import { checkOnce, refuseLeakage } from '../../../src/worker/run-quality.js';

jest.setTimeout(30_000);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ranksweep-run-check-'));
});
afterEach(() => rm(folder, { recursive: true }));

const SETS = ['train', 'validation', 'in-domain', 'out-of-domain-time', 'out-of-domain-genre'];
const setsOf = (task: string, names = SETS): UsedFile[] =>
  names.map((use) => ({
    ...{ use, path: join('datasets', task, `${use}.jsonl`) },
    ...{ contentHash: `bytes of ${use}`, canonicalHash: `examples of ${use}` },
  }));

async function withLeak(): Promise<UsedFile[]> {
  const [train, validation] = setsOf('extract') as [UsedFile, UsedFile];
  const lines = (await readFile(train.path, 'utf8')).split('\n');
  const path = join(folder, 'validation.jsonl');
  await writeFile(path, `${await readFile(validation.path, 'utf8')}${lines[6]}\n`);
  return [train, { ...validation, path, contentHash: 'others' }];
}

it('finds nothing in the example data of the quickstart', async () => {
  const check = await checkRunFiles(setsOf('era'));
  expect(check).toMatchObject({ examples: 1824, counts: {}, findings: [] });
});

it('names the leaking examples of both sides by use, and refuses them with their paths unless they are allowed', async () => {
  const files = await withLeak();
  const check = await checkRunFiles(files);
  expect(check.counts).toEqual({ leakage: 1 });
  const items = [
    { file: 'train', line: 7 },
    { file: 'validation', line: 65 },
  ];
  expect(check.findings).toMatchObject([{ kind: 'leakage', items }]);
  expect(() => refuseLeakage(check, files, true)).not.toThrow();
  expect(() => refuseLeakage(check, files, false)).toThrow(
    /found 1 example of the evaluation sets in training[\s\S]*extract.train\.jsonl:7, .*validation\.jsonl:65/,
  );
  expect(leakageError(check, files)).toMatchObject({
    code: 'INVALID_INPUT',
    problems: [{ field: 'data.train' }],
  });
});

it('keeps all counts, but only the first findings and places', async () => {
  const path = join(folder, 'train.jsonl');
  const rows = Array.from({ length: 60 }, (_, i) => `{"prompt": "Number ${i}?", "completion": ""}\n`);
  await writeFile(path, [...rows, ...Array(30).fill('{"prompt": "Why?", "completion": "So."}\n')].join(''));
  const { counts, findings } = await checkRunFiles([{ ...setsOf('era')[0]!, path }]);
  expect(counts).toEqual({ empty: 60, exact_duplicate: 1 });
  expect(findings).toHaveLength(51);
  expect(findings.find(({ kind }) => kind === 'exact_duplicate')!.items).toHaveLength(10);
});

it('counts a file that two evaluations read once', async () => {
  const [train, validation] = setsOf('extract') as [UsedFile, UsedFile];
  const twice = await checkRunFiles([train, validation, { ...validation, use: 'evaluations.again' }]);
  expect(twice.counts).toEqual({});
});

it('checks the same bytes for the same uses once, whatever their paths', async () => {
  const files = await withLeak();
  const [first, moved] = [await checkOnce(files, folder), files.map((file) => ({ ...file, path: 'gone' }))];
  expect(await checkOnce(moved, folder)).toEqual(first);
  const changed = moved.map((file) => ({ ...file, contentHash: 'changed' }));
  expect(runCheckKey(changed)).not.toBe(runCheckKey(files));
  await expect(checkOnce(changed, folder)).rejects.toThrow(/gone cannot be read/);
});
