import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const CRUISER = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const RULES = resolve('.dependency-cruiser.cjs');

function cruise(cwd: string, folders: string[]) {
  const args = [CRUISER, ...folders, '--config', RULES, '--output-type', 'err'];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  return { status, report: stdout };
}

/** A small house of its own, so that nothing is planted in ours. */
function plant(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'ranksweep-rules-'));
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  copyFileSync('tsconfig.json', join(root, 'tsconfig.json'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe('import rules', () => {
  it('hold for the whole tree', () => {
    const { status, report } = cruise('.', ['src', 'client', 'migrations']);
    expect(report).toContain('no dependency violations found');
    expect(status).toBe(0);
  });

  it('are broken by a sampler that reads files, knows the database and asks a service', () => {
    const root = plant({
      'src/runs/runs.service.ts': 'export const runs = 1;\n',
      'src/search/sampler.ts': "import 'node:fs';\nimport 'typeorm';\nimport '../runs/runs.service.js';\n",
    });
    const { status, report } = cruise(root, ['src']);
    rmSync(root, { recursive: true });
    expect(status).not.toBe(0);
    for (const rule of ['pure-has-no-io', 'pure-has-no-libraries', 'search-imports'])
      expect(report).toContain(rule);
  });

  it('are broken by a circle', () => {
    const root = plant({
      'src/core/a.ts': "import { b } from './b.js';\nexport const a = () => b;\n",
      'src/core/b.ts': "import { a } from './a.js';\nexport const b = () => a;\n",
    });
    const { report } = cruise(root, ['src']);
    rmSync(root, { recursive: true });
    expect(report).toContain('no-circles');
  });
});
