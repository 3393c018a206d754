import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { RandomStream } from '../../../src/core/random.js';
import { checkData } from '../../../src/data/quality/check-data.js';

const folder = mkdtempSync(join(tmpdir(), 'ranksweep-containment-'));
afterAll(() => rmSync(folder, { recursive: true }));
const random = new RandomStream(5, 'words');
/** Words that nobody says, so that nothing is alike by chance. */
const text = (words: number) =>
  Array.from({ length: words }, () => `w${random.nextInt(5000).toString(36)}a`).join(' ');

async function leaks(train: string[], evaluation: object[]): Promise<number[]> {
  const write = (name: string, records: object[]) => {
    writeFileSync(join(folder, name), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    return join(folder, name);
  };
  const { findings } = await checkData([
    {
      path: write(
        'train.jsonl',
        train.map((one) => ({ text: one })),
      ),
      isEvaluation: false,
    },
    { path: write('eval.jsonl', evaluation), isEvaluation: true },
  ]);
  const found = findings.filter(({ kind }) => kind === 'leakage');
  return found.flatMap(({ items }) =>
    items.filter(({ file }) => file.endsWith('train.jsonl')).map(({ line }) => line),
  );
}

test('an evaluation that stands within a longer text is a leak; a quotation from it is none', async () => {
  const items = Array.from({ length: 4 }, () => ({ prompt: text(12), completion: text(10) }));
  const whole = (i: number) => `${items[i]!.prompt} ${items[i]!.completion}`;
  const train = [
    text(120),
    `${text(60)} ${whole(0)} ${text(60)}`,
    `${text(40)} ${whole(1).toUpperCase().replaceAll(' ', ', ')}. ${text(20)}`,
    `${text(60)} ${items[2]!.prompt.split(' ').slice(0, 9).join(' ')} ${text(60)}`,
  ];
  expect(await leaks(train, items)).toEqual([2, 3]);
});

test('what many records share is their template, and a short evaluation is too little to tell', async () => {
  const form = text(30);
  const forms = Array.from({ length: 12 }, () => `${form} ${text(3)} ${text(20)}`);
  expect(await leaks(forms, [{ prompt: form, completion: text(2) }])).toEqual([]);
  const short = text(6);
  expect(await leaks([`${text(50)} ${short} ${text(50)}`], [{ prompt: short, completion: 'yes' }])).toEqual(
    [],
  );
});
