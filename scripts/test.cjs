/** `npm test`: installs and builds what is missing, then runs the tests. Arguments go to jest: `npm test -- test/search`. */
var bootstrap = require('./bootstrap.cjs');

bootstrap.checkNode();
bootstrap.ensureInstalled();
bootstrap.ensureBuilt();
bootstrap.ensureTestTools();
if (!require('node:fs').existsSync(process.env.RANKSWEEP_NATIVE_DIR || '.native')) {
  console.log('Without native TensorFlow: `npm run test:native` installs it and tests the trainer on it.');
}
bootstrap.become(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'].concat(
    process.argv.slice(2),
  ),
  {},
);
