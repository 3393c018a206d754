/**
 * `npm run test:webgpu`: installs Dawn where it is missing and runs the trainer's contract on it. By default on SwiftShader, the software
 * Vulkan device that comes with Chromium, so that every machine tests the same; `-- --gpu` takes the machine's own GPU instead.
 */
var childProcess = require('node:child_process');
var fs = require('node:fs');
var path = require('node:path');
var bootstrap = require('./bootstrap.cjs');

/** Prints what a set-up script says on the way; its last line of output, or null if it failed. */
function setUp(script) {
  var result = childProcess.spawnSync(process.execPath, [script], {
    cwd: bootstrap.ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  return result.status === 0 ? result.stdout.trim().split('\n').pop() : null;
}

/** Skips loudly; where CI is set nothing may be skipped. */
function without(what) {
  if (process.env.CI) bootstrap.stop(`CI is set, so no test may be skipped, but there is no ${what}.`);
  console.error(`SKIPPED: the tests on WebGPU, for want of ${what}.`);
  process.exit(0);
}

/** The folder of Chromium with its Vulkan loader and SwiftShader; distributions put a script on the PATH. */
function softwareFolder() {
  var chromium = setUp('scripts/setup-browser.mjs');
  if (chromium === null) return without('Chromium, which brings the software Vulkan device');
  var folders = [path.dirname(fs.realpathSync(chromium))].concat([
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/opt/google/chrome',
  ]);
  var found = folders.find((folder) => fs.existsSync(path.join(folder, 'vk_swiftshader_icd.json')));
  return found || without(`SwiftShader beside Chromium (${folders.join(', ')})`);
}

function softwareEnvironment() {
  var folder = softwareFolder();
  var icd = path.join(folder, 'vk_swiftshader_icd.json');
  var libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return { VK_ICD_FILENAMES: icd, VK_DRIVER_FILES: icd, LD_LIBRARY_PATH: libraries };
}

bootstrap.checkNode();
bootstrap.ensureInstalled();
if (setUp('scripts/setup-webgpu.mjs') === null) without('Dawn (its reason is above)');
var rest = process.argv.slice(2);
var onGpu = rest.includes('--gpu');
bootstrap.become(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'].concat(
    ['backend-contract', 'webgpu-kernels'].map((name) => `test/training/${name}`),
    rest.filter((argument) => argument !== '--gpu'),
  ),
  Object.assign({ RANKSWEEP_TEST_BACKENDS: 'webgpu' }, onGpu ? {} : softwareEnvironment()),
);
