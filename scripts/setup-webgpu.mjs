/**
 * Puts Dawn (npm `webgpu`) and TensorFlow.js's WebGPU backend into .webgpu/ (or RANKSWEEP_WEBGPU_DIR): `npm run setup:webgpu`.
 *
 * Dawn's package holds a library for each of five platforms, 132 MB; what is not for this one is removed again (40 MB stay), which is why
 * it is no dependency. It may be run again: what is there and works is left alone.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PACKAGES = { '@tensorflow/tfjs-backend-webgpu': '4.22.0', webgpu: '0.6.2' };
const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const folder = resolve(process.env.RANKSWEEP_WEBGPU_DIR ?? join(repository, '.webgpu'));
const modules = join(folder, 'node_modules');
const platform = `${process.platform}-${process.platform === 'darwin' ? 'universal' : process.arch}`;
const libraries = join(modules, 'webgpu', 'dist');

/** Null, or why it cannot be installed. */
function install() {
  mkdirSync(folder, { recursive: true });
  const manifest = { name: 'ranksweep-webgpu', private: true, dependencies: PACKAGES };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  console.log('Installing Dawn and the WebGPU backend of TensorFlow.js (about 45 MB to download) …');
  const options = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', '--prefix', folder];
  const npm = spawnSync('npm', ['install', ...options], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) return 'npm could not install them (see above). Is the npm registry reachable?';
  if (!existsSync(join(libraries, platform, 'dawn.node'))) {
    return `Dawn has no library for ${platform}, only for ${readdirSync(libraries).join(', ')}.`;
  }
  prune();
  return null;
}

/** Libraries of other platforms; and one tfjs-core for all, since a second copy would have backends of its own. */
function prune() {
  for (const name of readdirSync(libraries)) {
    if (name !== platform) rmSync(join(libraries, name), { recursive: true });
  }
  const scope = realpathSync(join(modules, '@tensorflow'));
  const ours = realpathSync(join(repository, 'node_modules', '@tensorflow'));
  for (const name of ['tfjs-backend-cpu', 'tfjs-core']) {
    rmSync(join(scope, name), { recursive: true, force: true });
    symlinkSync(relative(scope, join(ours, name)), join(scope, name));
  }
}

/** Whether Dawn loads, tried in a process of its own; it need not find a GPU. */
function works() {
  const entry = join(modules, 'webgpu', 'index.js');
  if (!existsSync(entry) || !existsSync(join(modules, '@tensorflow', 'tfjs-core', 'package.json')))
    return false;
  const program = `await import(${JSON.stringify(pathToFileURL(entry).href)})`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program]).status === 0;
}

const problem = works() ? null : install();
if (problem) console.error(problem);
else if (!works()) console.error(`Dawn was installed in ${folder}, but does not load.`);
else console.log(`WebGPU is ready in ${folder}; \`npx ranksweep doctor\` says what it finds.`);
process.exitCode = !problem && works() ? 0 : 1;
