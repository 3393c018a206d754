/** `npm run quickstart`: from a fresh clone to a recommended adapter. Installs and builds what is missing, then hands over to the command line. */
var bootstrap = require('./bootstrap.cjs');

bootstrap.checkNode();
bootstrap.ensureInstalled();
bootstrap.ensureBuilt();
bootstrap.become(process.execPath, ['dist/src/cli/main.js', 'quickstart'].concat(process.argv.slice(2)), {});
