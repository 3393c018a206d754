import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readCommandFiles } from '../../src/worker/command-files.js';

test('scripts, data and configs are kept; a program of the machine, words and other folders’ programs are not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ranksweep-command-'));
  copyFileSync(process.execPath, join(folder, 'python'));
  writeFileSync(join(folder, 'train.sh'), '#!/bin/sh\n');
  writeFileSync(join(folder, 'data.csv'), 'a,b\n');
  const pathsOf = async (...command: string[]) =>
    (await readCommandFiles(command, folder)).files.map(({ argument, path }) => [argument, path]);
  expect(await pathsOf('./python', 'train.sh', '--data=data.csv', '--lr=0.1', 'data')).toEqual([
    [1, 'train.sh'],
    [2, 'data.csv'],
  ]);
  expect(await pathsOf('./train.sh', 'nowhere.txt')).toEqual([[0, './train.sh']]);
  expect(await pathsOf('train.sh')).toEqual([]);
  rmSync(folder, { recursive: true });
});
