import { expect, test } from '@jest/globals';
import { runScoreCommand } from '../../src/worker/score-command.js';

const items = ['one', 'two words'].map((answer, i) => ({
  key: `k${i}`,
  answer,
  references: ['x'],
  record: null,
}));
const node = (script: string) => [process.execPath, '-e', script];
const EACH = "require('readline').createInterface({input:process.stdin}).on('line',l=>";

test('a command gets a line for each item and prints a number for each', async () => {
  const count = node(`${EACH}console.log(JSON.parse(l).answer.split(' ').length))`);
  expect(await runScoreCommand(count, items)).toEqual([1, 2]);
  const judged = node(`${EACH}console.log(JSON.parse(l).key==='k0'?'{"value":0.5}':'true'))`);
  expect(await runScoreCommand(judged, items)).toEqual([0.5, 1]);
});

test('one that fails, prints too little or something else is refused in words', async () => {
  await expect(runScoreCommand(node("console.error('no model'); process.exit(3)"), items)).rejects.toThrow(
    /exit code 3: no model/,
  );
  await expect(runScoreCommand(node("console.log('1')"), items)).rejects.toThrow(
    '1 lines, expected one for each of 2',
  );
  await expect(runScoreCommand(node("console.log('1\\ngood')"), items)).rejects.toThrow('line 2 is good');
  await expect(runScoreCommand(['no-such-program-here'], items)).rejects.toThrow('cannot be started');
});
