/** `npm run test:native`: installs native TensorFlow where it is missing and runs the trainer's contract and parity tests on it. */
var childProcess = require('node:child_process');
var bootstrap = require('./bootstrap.cjs');

bootstrap.checkNode();
bootstrap.ensureInstalled();
bootstrap.ensureBuilt();
var setup = childProcess.spawnSync(process.execPath, ['scripts/setup-native.mjs'], {
  cwd: bootstrap.ROOT,
  stdio: 'inherit',
});
if (setup.status !== 0) bootstrap.stop('Native TensorFlow could not be installed: its reason is above.');
bootstrap.become(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'].concat(
    [
      'primitives-native',
      'step-operations',
      'backend-contract',
      'peft-variants',
      'backends',
      'models',
      'quantization/quantized-base',
    ].map((name) => `test/training/${name}`),
    process.argv.slice(2),
  ),
  { RANKSWEEP_TEST_BACKENDS: 'tfjs-node' },
);
