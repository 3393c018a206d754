/** `npm run test:proofs`: the slow proofs (`*.proof.ts in test/`), a minute or two: what is made again byte for byte, whole processes, whole comparisons. */
var bootstrap = require('./bootstrap.cjs');

bootstrap.checkNode();
bootstrap.ensureInstalled();
bootstrap.ensureBuilt();
bootstrap.ensureTestTools();
bootstrap.become(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'].concat(
    process.argv.slice(2),
  ),
  { RANKSWEEP_TEST_PROOFS: '1' },
);
