import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { proposeNegatives } from '../../../src/cli/data/propose-negatives.js';
import { checkData } from '../../../src/data/quality/check-data.js';
import { PARTS, type Part, splitData } from '../../../src/data/quality/split-data.js';

jest.setTimeout(30_000);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ranksweep-split-'));
});
afterEach(() => rm(folder, { recursive: true }));

const SHARES = { train: 0.6, validation: 0.2, test: 0.2 };
const rows = async () =>
  (await readFile('datasets/era/train.jsonl', 'utf8')).trim().split('\n').slice(0, 300);

/** Splits lines into a folder and reads the parts again. */
async function split(lines: string[], name: string, options: { groupBy?: string; salt?: string } = {}) {
  const path = join(folder, `${name}.jsonl`);
  await writeFile(path, `${lines.join('\n')}\n`);
  const { groupBy = null, salt = '' } = options;
  const report = await splitData(path, join(folder, name), { fractions: SHARES, groupBy, salt });
  const read = async (part: Part) =>
    (await readFile(join(folder, name, `${part}.jsonl`), 'utf8')).split('\n').slice(0, -1);
  const [train, validation, test] = await Promise.all(PARTS.map(read));
  return { report, parts: { train: train!, validation: validation!, test: test! } };
}

/** The same record for a reader, in other words for a hash. */
const almost = (line: string) => line.replace(/\b(\w{4})(\w+) /, '$1x$2 ').replace(/(.)"}$/, ' indeed$1"}');

it('leaks nothing, though every tenth record is there again with a change', async () => {
  const lines = await rows();
  const { report, parts } = await split([...lines, ...lines.filter((_, i) => i % 10 === 0).map(almost)], 'a');
  expect(report.read).toBe(330);
  const sizes = PARTS.map((part) => parts[part].length);
  expect(sizes[0]! + sizes[1]! + sizes[2]! + report.leftOut.length).toBe(330);
  expect(report.leftOut.length).toBeGreaterThan(5);
  expect(sizes[1]! / 330).toBeGreaterThan(0.12);
  expect(sizes[2]! / 330).toBeGreaterThan(0.12);
  const file = (part: Part) => ({ path: report.parts[part]!.file, isEvaluation: part !== 'train' });
  const { findings } = await checkData(PARTS.map(file));
  expect(findings.filter(({ kind }) => kind === 'leakage')).toEqual([]);
});

it('moves nothing when records come and the order changes', async () => {
  const lines = await rows();
  const [some, all] = [await split(lines.slice(0, 150), 'some'), await split([...lines].reverse(), 'all')];
  for (const part of PARTS) {
    const others = PARTS.filter((other) => other !== part).flatMap((other) => all.parts[other]);
    expect(some.parts[part].filter((line) => others.includes(line))).toEqual([]);
  }
  expect(all.parts.test).toEqual(expect.arrayContaining(some.parts.test));
  const salted = await split(lines, 'salted', { salt: '2' });
  expect(salted.parts.test.filter((line) => all.parts.test.includes(line)).length).toBeLessThan(30);
});

it('keeps groups together, and leaves their field out where training would refuse it', async () => {
  const lines = (await rows()).map((line, i) => line.replace(/}$/, `, "speaker": "${i % 25}"}`));
  const { report, parts } = await split(lines, 'groups', { groupBy: 'speaker' });
  const speakerOf = new Map(lines.map((line, i) => [JSON.parse(line).text, i % 25]));
  const speakers = PARTS.map(
    (part) => new Set(parts[part].map((line) => speakerOf.get(JSON.parse(line).text))),
  );
  expect(speakers.reduce((sum, { size }) => sum + size, 0)).toBe(25);
  expect(report.leftOut).toEqual([]);
  expect(Object.keys(JSON.parse(parts.train[0]!))).toEqual(['text']);
  await expect(split(['{"text": "no speaker"}'], 'x', { groupBy: 'speaker' })).rejects.toThrow(
    /speaker: found nothing in line 1/,
  );
});

it('proposes answers to similar questions as negatives, and none that is right', async () => {
  const facts = [
    ['What is the capital of France?', 'Paris lies on the Seine.'],
    ['What is the capital city of France?', 'Paris lies on the Seine.'],
    ['What is the capital of Spain?', 'Madrid is in the middle of the country.'],
    ['How do you boil an egg?', 'Eight minutes in hot water.'],
  ];
  const [path, output] = [join(folder, 'facts.jsonl'), join(folder, 'negatives.jsonl')];
  await writeFile(
    path,
    facts.map(([prompt, completion]) => JSON.stringify({ prompt, completion })).join('\n'),
  );
  const report = await proposeNegatives(path, output, { count: 1, format: 'triplet' });
  const pairs = (await readFile(output, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(report).toMatchObject({ records: 4, pairs: 3, without: 1 });
  expect(pairs.map(({ line, negativeLine }) => [line, negativeLine])).toEqual([
    [1, 3],
    [2, 3],
    [3, 1],
  ]);
  expect(pairs[0]).toMatchObject({ anchor: facts[0]![0], positive: facts[0]![1], negative: facts[2]![1] });
});
