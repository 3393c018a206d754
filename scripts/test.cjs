/** `npm test`: installs and builds what is missing, then runs the tests. Arguments go to jest: `npm test -- test/search`. */
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
  {},
);
