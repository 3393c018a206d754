import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'ranksweep-plan-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sweep = (rest: string) => `method: grid
seeds: 2
metric: {name: train/loss, goal: minimize}
run:
  model: ${resolve('models/nano')}
  data: {train: train.jsonl}
  steps: 3
  batchSize: 2
  sequenceLength: 16
  backend: wasm
parameters:
${rest}`;

/** No server listens there. */
function plan(yaml: string): Promise<{ code: number; output: string; errors: string }> {
  writeFileSync(join(folder, 'sweep.yaml'), yaml);
  const args = [
    resolve('dist/src/cli/main.js'),
    'plan',
    'sweep.yaml',
    '--json',
    '--url',
    'http://127.0.0.1:9',
  ];
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: folder }, (error, output, errors) =>
      done({ code: (error as { code?: number } | null)?.code ?? 0, output, errors }),
    );
  });
}

test('points, trials, suggestions, parameters and memory, before anything runs', async () => {
  const lines = ['The union is strong.', 'We shall do our work.'].map(
    (text) => `${JSON.stringify({ text })}\n`,
  );
  writeFileSync(join(folder, 'train.jsonl'), lines.join(''));
  const { code, output } = await plan(sweep('  lora.rank: {values: [1, 4]}'));
  expect(code).toBe(0);
  const result = JSON.parse(output);
  expect(result).toMatchObject({ points: 2, trials: 4, speed: null, seconds: null });
  expect(result.suggestions.map(({ params }: { params: object }) => params)).toEqual([
    { 'lora.rank': 1 },
    { 'lora.rank': 4 },
    { 'lora.rank': 1 },
    { 'lora.rank': 4 },
  ]);
  const [one, four] = result.suggestions.map(
    ({ forecast }: { forecast: { forecast: object } }) => forecast.forecast,
  );
  expect(four.trainableParameters).toBe(4 * one.trainableParameters);
  expect(one).toMatchObject({ steps: 3, totalParameters: expect.any(Number) });
  expect(one.tokens).toBeGreaterThan(0);
  expect(four.memory.bytes).toBeGreaterThan(one.memory.bytes);
});

test('what would fail at its start is said for each trial: exit code 1', async () => {
  const { code, output } = await plan(sweep('  sequenceLength: {values: [16, 100000]}'));
  expect(code).toBe(1);
  const problems = JSON.parse(output).suggestions.map(
    ({ forecast }: { forecast: { problem?: string } }) => forecast.problem,
  );
  const problem = expect.stringContaining('sequenceLength: found 100000');
  expect(problems).toEqual([undefined, problem, undefined, problem]);
});
