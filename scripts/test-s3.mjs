/**
 * `npm run test:s3`: the tests of contents, trash and quotas with a bucket of a real S3-speaking server, which is RANKSWEEP_TEST_S3
 * (s3://bucket, with AWS's variables) or one that scripts/setup-s3.mjs starts for it. Arguments go to jest.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startS3 } from './setup-s3.mjs';

const bootstrap = createRequire(import.meta.url)('./bootstrap.cjs');
const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const JEST = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const SUITES = ['test/contracts/blob-store', 'test/artifacts/', 'test/api/storage'];

async function main() {
  bootstrap.checkNode();
  bootstrap.ensureInstalled();
  const s3 = process.env.RANKSWEEP_TEST_S3 ? { env: {}, stop() {} } : await startS3();
  try {
    return await test({ ...process.env, ...s3.env });
  } finally {
    s3.stop();
  }
}

function test(env) {
  const args = [...JEST, ...SUITES, ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { cwd: repository, env, stdio: 'inherit' });
  const pass = (signal) => child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  return new Promise((done, fail) => child.on('error', fail).on('exit', (code) => done(code ?? 1)));
}

process.exitCode = await main();
