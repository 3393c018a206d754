import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';

const copy = mkdtempSync(join(tmpdir(), 'ranksweep-datasets-'));
afterAll(() => rmSync(copy, { recursive: true }));

const check = (cwd: string) =>
  spawnSync(process.execPath, [resolve('scripts/make-datasets.mjs'), '--check'], { cwd, encoding: 'utf8' });

it('datasets/ is what scripts/make-datasets.mjs makes', () => {
  const { status, stderr } = check('.');
  expect(stderr).toBe('');
  expect(status).toBe(0);
}, 60_000);

it('a changed file and a foreign file are noticed', () => {
  cpSync('datasets', join(copy, 'datasets'), { recursive: true });
  symlinkSync(resolve('models'), join(copy, 'models'));
  appendFileSync(join(copy, 'datasets/era/in-domain.jsonl'), '{"text":"one more"}\n');
  writeFileSync(join(copy, 'datasets/extract/foreign.jsonl'), '{"text":"foreign"}\n');
  const { status, stderr } = check(copy);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^stale, .*: extract\/foreign\.jsonl, era\/in-domain\.jsonl\n$/);
}, 60_000);
