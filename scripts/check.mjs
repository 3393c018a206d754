/** `npm run check`: format, lint, types, import rules, and that every generated file is what its generator makes. Runs all, then fails if any failed. */
import { spawnSync } from 'node:child_process';

const CHECKS = [
  ['format and lint', 'biome', ['ci', '.', '--error-on-warnings']],
  ['types', 'node', ['node_modules/typescript7/bin/tsc', '-p', 'tsconfig.json']],
  [
    'import rules',
    'depcruise',
    ['src', 'client', 'migrations', '--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
  ],
  ['schema.gql is fresh', 'node', ['scripts/generate-schema.mjs', '--check']],
  ['typed operations are fresh', 'node', ['scripts/generate-api.mjs', '--check']],
  ['WASM kernels are fresh', 'node', ['scripts/generate-kernels.mjs', '--check']],
  ['datasets are fresh', 'node', ['scripts/make-datasets.mjs', '--check']],
];

function passes([name, command, args]) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  return status === 0;
}

process.env.PATH = `node_modules/.bin:${process.env.PATH}`;
const failed = CHECKS.filter((check) => !passes(check)).map(([name]) => name);
if (failed.length > 0) {
  console.error(`check failed: ${failed.join(', ')}`);
  process.exit(1);
}
