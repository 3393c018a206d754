import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { meanOfItems } from '../../../src/analysis/item-scores.js';
import type { Omission } from '../../../src/cli/import/imported-run.js';
import { readHarness } from '../../../src/cli/import/lm-eval.js';

// Files of lm-evaluation-harness itself: test/fixtures/imports/lm-eval/README.md.
const FOLDER = join('test', 'fixtures', 'imports', 'lm-eval');

test.each(['base', 'tuned'])("%s: the means of the documents are the harness's own", async (which) => {
  const omissions: Omission[] = [];
  const { tasks, means, date } = await readHarness(join(FOLDER, which), [], (one) => omissions.push(one));
  expect(tasks.map(({ task }) => task)).toEqual(['crew_choice', 'crew_record', 'crew_text']);
  const found = tasks.flatMap(({ task, scores }) =>
    scores.map(({ score, goal, values, weights }) => [task, score, goal, meanOfItems(values, weights)]),
  );
  const theirs = (task: string, score: string) => expect.closeTo(means.get(task)!.get(score)!, 12);
  expect(found).toEqual([
    ['crew_choice', 'acc', 'maximize', theirs('crew_choice', 'acc')],
    ['crew_choice', 'acc_norm', 'maximize', theirs('crew_choice', 'acc_norm')],
    ['crew_record', 'exact_match.whole', 'maximize', theirs('crew_record', 'exact_match.whole')],
    ['crew_record', 'exact_match.year', 'maximize', theirs('crew_record', 'exact_match.year')],
    ['crew_text', 'bits_per_byte', 'minimize', theirs('crew_text', 'bits_per_byte')],
  ]);
  expect(means.get('crew_choice')!.get('acc')).toBeGreaterThan(0.5);
  expect(new Date(date!).getUTCFullYear()).toBe(2026);
  expect(omissions).toEqual([]);
});

test('base and adapter have the same documents, and a file of no task is refused', async () => {
  const [base, tuned] = await Promise.all(
    ['base', 'tuned'].map((which) => readHarness(join(FOLDER, which), [], () => {})),
  );
  expect(tuned!.tasks.map(({ keys }) => keys)).toEqual(base!.tasks.map(({ keys }) => keys));
  const wrong = readHarness(join(FOLDER, 'base'), [join(FOLDER, 'README.md')], () => {});
  await expect(wrong).rejects.toThrow('found no task of the results in its name');
});
