/**
 * What must stand before anything else can run: a new enough Node, the installed packages with their one native module, and the build.
 * Kept to syntax that old versions of Node can parse, so that they can say what is wrong.
 */
var childProcess = require('node:child_process');
var crypto = require('node:crypto');
var fs = require('node:fs');
var path = require('node:path');

var ROOT = path.resolve(__dirname, '..');
var OLDEST_NODE = [20, 19];

/** Ends the process with one plain sentence. */
function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

function checkNode() {
  var parts = process.versions.node.split('.').map(Number);
  var newEnough = parts[0] > OLDEST_NODE[0] || (parts[0] === OLDEST_NODE[0] && parts[1] >= OLDEST_NODE[1]);
  if (!newEnough) {
    stop(
      'Ranksweep needs Node ' +
        OLDEST_NODE.join('.') +
        ' or newer, and this is Node ' +
        process.versions.node +
        ': install a newer one from https://nodejs.org and start again.',
    );
  }
}

/** The headers of the Node that runs, where its prefix has them, so that node-gyp downloads none. */
function installEnvironment() {
  var prefix = path.dirname(path.dirname(process.execPath));
  var hasHeaders = fs.existsSync(path.join(prefix, 'include', 'node', 'node.h'));
  return Object.assign({}, process.env, hasHeaders ? { npm_config_nodedir: prefix } : {});
}

/** What the installation depends on: the lock file, and the Node version that the native module is compiled for. */
function installKey() {
  var lock = fs.readFileSync(path.join(ROOT, 'package-lock.json'));
  return crypto
    .createHash('sha256')
    .update(lock)
    .update(process.versions.modules)
    .update(process.arch)
    .digest('hex');
}

function explainInstallFailure(output) {
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(output) &&
    !/gyp ERR! build/.test(output)
  ) {
    return 'The packages could not be downloaded: check the network connection (or the npm registry and proxy settings) and start again.';
  }
  if (/gyp ERR!/.test(output)) {
    return 'The SQLite module could not be compiled: install a C++ compiler, make and Python 3 (Debian and Ubuntu: apt-get install build-essential python3; macOS: xcode-select --install) and start again.';
  }
  if (/ENOSPC/.test(output))
    return 'The disk is full: the installation needs about 1 GB; free some space and start again.';
  return 'npm ci failed; its last lines are above.';
}

function runQuietly(command, args, explain) {
  var result = childProcess.spawnSync(command, args, {
    cwd: ROOT,
    env: installEnvironment(),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    shell: process.platform === 'win32',
  });
  if (result.status === 0) return;
  var output = (result.stdout || '') + (result.stderr || '') + (result.error ? String(result.error) : '');
  console.error(output.split('\n').slice(-20).join('\n'));
  stop(explain(output));
}

function isLink(file) {
  return fs.existsSync(file) && fs.lstatSync(file).isSymbolicLink();
}

/** Installs the packages when they are missing or belong to another lock file or Node. */
function ensureInstalled() {
  var stamp = path.join(ROOT, 'node_modules', '.ranksweep-installed');
  var key = installKey();
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === key) return;
  if (isLink(path.join(ROOT, 'node_modules'))) {
    // `npm ci` would empty the folder behind the link, which others use.
    console.error(
      'node_modules is a link and its packages are of another lock file: npm ci where it points to brings them up to date.',
    );
    return;
  }
  console.log('Installing packages (about a minute, two more if SQLite must be compiled) …');
  runQuietly('npm', ['ci', '--no-audit', '--no-fund'], explainInstallFailure);
  runQuietly(
    process.execPath,
    ['-e', "new (require('better-sqlite3'))(':memory:').close()"],
    () =>
      'The SQLite module is installed but does not load with this Node: delete node_modules and start again.',
  );
  fs.writeFileSync(stamp, key);
}

var BUILD_INPUTS = [
  'src',
  'client',
  'migrations',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'vite.config.ts',
];

function newestChange(file) {
  var stats = fs.statSync(file);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return fs
    .readdirSync(file)
    .reduce((newest, name) => Math.max(newest, newestChange(path.join(file, name))), stats.mtimeMs);
}

/** Builds server and page when a source is newer than the last build. */
function ensureBuilt() {
  var stamp = path.join(ROOT, 'dist', '.built');
  var newest = Math.max.apply(
    null,
    BUILD_INPUTS.map((input) => newestChange(path.join(ROOT, input))),
  );
  if (fs.existsSync(stamp) && fs.statSync(stamp).mtimeMs > newest) return;
  console.log('Building the server and the dashboard …');
  fs.rmSync(path.join(ROOT, 'dist'), { recursive: true, force: true });
  runQuietly('npm', ['run', '--silent', 'build'], () => 'The build failed; its last lines are above.');
  fs.writeFileSync(stamp, '');
}

/** What only some tests need: Chromium, and Python with PyTorch. Without them those tests are skipped, but never where CI is set. */
function ensureTestTools() {
  if (!process.env.CI) return;
  ['scripts/setup-browser.mjs', 'scripts/setup-python.mjs'].forEach((script) => {
    var result = childProcess.spawnSync(process.execPath, [script], { cwd: ROOT, stdio: 'inherit' });
    if (result.status !== 0) stop(`CI is set, so no test may be skipped, but ${script} failed.`);
  });
}

/** Runs a program on this terminal and ends with its exit code. */
function become(command, args, environment) {
  var child = childProcess.spawn(command, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: Object.assign({}, process.env, environment),
  });
  ['SIGINT', 'SIGTERM'].forEach((signal) => {
    process.on(signal, () => {
      child.kill(signal);
    });
  });
  child.on('exit', (code, signal) => {
    process.exit(signal ? 130 : code);
  });
}

module.exports = { ROOT, become, checkNode, ensureBuilt, ensureInstalled, ensureTestTools, stop };
