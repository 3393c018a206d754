/**
 * `npm run test:postgres`: the tests of the database and of the whole server on a real Postgres, which is RANKSWEEP_TEST_DATABASE
 * (postgres://…, as a user who may make databases) or one that scripts/setup-postgres.mjs starts for it. Arguments go to jest.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from './setup-postgres.mjs';

const bootstrap = createRequire(import.meta.url)('./bootstrap.cjs');
const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const JEST = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
/** All tests whose server or store takes RANKSWEEP_TEST_DATABASE. */
const SUITES = [
  'test/postgres/',
  'test/contracts/database',
  'test/api/',
  'test/mlflow/protocol',
  'test/runs/metric-merge',
  'test/artifacts/garbage',
];
/** They ask nothing of the database that the others do not. */
const WITHOUT = ['/node_modules/', 'test/api/objectives', 'test/api/local-requests'];
const ALL = ['--maxWorkers=2', '--testPathIgnorePatterns', ...WITHOUT, '--testPathPatterns', ...SUITES];

async function main() {
  bootstrap.checkNode();
  bootstrap.ensureInstalled();
  bootstrap.ensureBuilt();
  const given = process.env.RANKSWEEP_TEST_DATABASE;
  const postgres = given ? { url: given, stop() {} } : await startPostgres();
  try {
    return await test({ ...process.env, RANKSWEEP_TEST_DATABASE: postgres.url });
  } finally {
    postgres.stop();
  }
}

function test(env) {
  const named = process.argv.slice(2);
  const suites = named.some((argument) => argument.startsWith('test/')) ? [] : ALL;
  const child = spawn(process.execPath, [...JEST, ...suites, ...named], {
    cwd: repository,
    env,
    stdio: 'inherit',
  });
  const pass = (signal) => child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  return new Promise((done, fail) => child.on('error', fail).on('exit', (code) => done(code ?? 1)));
}

process.exitCode = await main();
