import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readExamples } from '../../../src/data/examples.js';
import { checkData } from '../../../src/data/quality/check-data.js';
import { cleanData } from '../../../src/data/quality/clean-data.js';
import type { FindingKind } from '../../../src/data/quality/finding.js';
import { HASHES, signatureOf } from '../../../src/data/quality/minhash.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ranksweep-data-'));
});
afterEach(() => rm(folder, { recursive: true }));

const BASE = join('datasets', 'extract', 'train.jsonl');
const record = (prompt: string, completion: string) => JSON.stringify({ prompt, completion });
const WHALE = 'Tell me how long a whale can stay below the water before it must come up again.';
const TEA = 'Which leaves are used for green tea, and how hot should the water be?';
const PLANTED: [FindingKind | null, string][] = [
  [null, record(WHALE, 'About ninety minutes for a sperm whale.')],
  [
    'near_duplicate',
    record(WHALE.replace('water', 'watre').toUpperCase(), 'About ninety minutes for a sperm whale!'),
  ],
  ['contradiction', record(TEA, 'Seventy degrees.')],
  ['contradiction', record(TEA, 'It must be boiling hot.')],
  ['schema', '{"prompt": "x", "completion"'],
  ['schema', '{"prompt": "Where is the key?", "completion": 7}'],
  ['empty', record('Who wrote this?', 'TODO')],
  ['empty', record('Who sang that?', '   ')],
  ['truncated', record('Show the loop.', 'Here it is:\n```js\nfor (;;) {}')],
  ['truncated', record('What did she find?', 'In the cellar she found a lamp and the')],
  ['personal_data', record('Whom do I ask?', 'Write to jane.roe@example.org, please.')],
  ['personal_data', record('Which card?', 'It is 4111 1111 1111 1111.')],
  ['secret', record('Which key?', 'It is AKIAIOSFODNN7EXAMPLE.')],
];

async function check(lines: string[], evaluation: string[] = []) {
  const [train, evaluated] = [join(folder, 'train.jsonl'), join(folder, 'eval.jsonl')];
  await writeFile(train, `${lines.join('\n')}\n`);
  await writeFile(evaluated, `${evaluation.join('\n')}\n`);
  const files = [{ path: train, isEvaluation: false }];
  if (evaluation.length > 0) files.push({ path: evaluated, isEvaluation: true });
  return checkData(files);
}

describe('checkData', () => {
  it('finds each planted fault and nothing else', async () => {
    const clean = (await readFile(BASE, 'utf8')).trim().split('\n');
    const { findings } = await check([...clean, ...PLANTED.map(([, line]) => line), clean[2]!]);
    const found = findings.map(({ kind, items }) => [kind, ...items.map(({ line }) => line)]);
    const lineOf = (i: number) => clean.length + 1 + i;
    const single = PLANTED.flatMap(([kind], i) => (kind && i > 3 ? [[kind, lineOf(i)]] : []));
    const expected = [
      ...single,
      ['exact_duplicate', 3, lineOf(PLANTED.length)],
      ['near_duplicate', lineOf(0), lineOf(1)],
      ['contradiction', lineOf(2), lineOf(3)],
    ];
    const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
    expect(sorted(found)).toEqual(sorted(expected));
  });

  it('finds exact and near leaks, whatever the order of lines', async () => {
    const train = (await readFile(BASE, 'utf8')).trim().split('\n').slice(0, 60);
    const own = record(WHALE, 'About ninety minutes for a sperm whale.');
    const lines = [...train, own];
    const evaluation = [train[5]!, record(`Please, ${WHALE}`, 'About ninety minutes for a sperm whale.')];
    for (const order of [lines, [...lines].reverse()]) {
      const { findings } = await check(order, evaluation);
      expect(findings.map(({ kind }) => kind)).toEqual(['leakage', 'leakage']);
      const texts = findings.map(({ items }) => order[items[0]!.line - 1]);
      expect(texts.sort()).toEqual([train[5], own].sort());
    }
  });

  it('finds nothing in the example data, and has the hash of the dataset', async () => {
    const { findings, hash, examples } = await checkData([{ path: BASE, isEvaluation: false }]);
    const { canonicalHash } = await readExamples(BASE);
    expect({ findings, hash, examples }).toEqual({ findings: [], hash: canonicalHash, examples: 400 });
  });

  it('reads an array over many lines, and names a label that outweighs the others', async () => {
    const path = join(folder, 'labels.json');
    const label = (i: number) => (i === 7 ? 'bad' : 'good');
    const rows = Array.from({ length: 30 }, (_, i) => ({
      text: `${i} pieces of "[${i}]" arrived`,
      label: label(i),
    }));
    await writeFile(path, JSON.stringify(rows, null, 1));
    const { findings, examples } = await checkData([{ path, isEvaluation: false }]);
    expect(examples).toBe(30);
    expect(findings).toMatchObject([{ kind: 'imbalance', items: [{ line: 2 }] }]);
  });
});

it('cleanData drops what is there twice, broken or empty, and says so', async () => {
  const [path, output] = [join(folder, 'dirty.jsonl'), join(folder, 'clean.jsonl')];
  const good = record(WHALE, 'Ninety minutes.');
  await writeFile(path, [good, good, '{', record('Who?', ''), record('e\u0301', 'Yes.')].join('\n'));
  const report = await cleanData(path, output, { near: false, dropContradictions: false });
  expect(report.changes.map(({ line, change }) => [line, change])).toEqual([
    [2, 'dropped'],
    [3, 'dropped'],
    [4, 'dropped'],
    [5, 'rewritten'],
  ]);
  expect(await readFile(output, 'utf8')).toBe(`${good}\n${record('é', 'Yes.')}\n`);
});

/** The share of equal minimums: what the signatures say of two sets. */
function estimatedSimilarity(a: Int32Array, b: Int32Array): number {
  let equal = 0;
  for (let k = 0; k < HASHES; k++) if (a[k] === b[k]) equal++;
  return equal / HASHES;
}

it('MinHash estimates the Jaccard similarity of sets within four standard errors', () => {
  const signature = (from: number, to: number) =>
    signatureOf(
      Int32Array.from({ length: to - from }, (_, i) => Math.imul(from + i + 1, 0x9e3779b1)),
      new Int32Array(HASHES),
    );
  for (const shared of [100, 300, 450]) {
    const exact = shared / (1000 - shared);
    const estimate = estimatedSimilarity(signature(0, 500), signature(500 - shared, 1000 - shared));
    expect(Math.abs(estimate - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / HASHES));
  }
});
