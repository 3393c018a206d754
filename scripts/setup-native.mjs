/**
 * Puts a native TensorFlow backend into .native/ (or RANKSWEEP_NATIVE_DIR): `npm run setup:native`.
 *
 * tfjs-node's own installer downloads libtensorflow from a host that many networks do not reach. The same library lies in the wheel of
 * tensorflow-cpu on PyPI; this script takes it from there and compiles tfjs-node's addon against it. About 210 MB are downloaded and
 * 600 MB kept. It may be run again: what is there and works is left alone.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNativeKernels } from './build-native-kernels.mjs';

const TFJS_NODE = '4.22.0';
const TENSORFLOW = '2.15.1';
const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const folder = resolve(process.env.RANKSWEEP_NATIVE_DIR ?? join(repository, '.native'));
const modules = join(folder, 'node_modules');
const tfjsNode = join(modules, '@tensorflow', 'tfjs-node');

class SetupError extends Error {}

function main() {
  if (!works()) install();
  if (!buildNativeKernels(folder))
    say(
      'Our own kernels were not compiled: training works without them, at about three quarters of the speed.',
    );
  console.log(`Native TensorFlow is ready in ${folder}`);
}

function install() {
  checkPlatform();
  const python = findPython();
  checkCompiler();
  mkdirSync(folder, { recursive: true });
  installPackage();
  unpackLibrary(python);
  buildAddon();
  tidy();
  if (!works(true))
    throw new SetupError('The addon was built, but a matrix product on it failed (see above).');
}

function checkPlatform() {
  if (process.platform === 'linux' && process.arch === 'x64') return;
  throw new SetupError(
    `This script knows linux x64 only, and this is ${process.platform} ${process.arch}. ` +
      'Ranksweep runs without it, on its WebAssembly backend.',
  );
}

/** The first Python with pip: only for downloading and unpacking, its version does not matter. */
function findPython() {
  const candidates = [process.env.PYTHON, 'python3', 'python'].filter(Boolean);
  const found = candidates.find((python) => succeeds(python, ['-m', 'pip', '--version']));
  if (found) return found;
  throw new SetupError('No Python 3 with pip was found. Install python3 and python3-pip, or set PYTHON.');
}

function checkCompiler() {
  const missing = ['make', process.env.CXX ?? 'g++'].filter((tool) => !succeeds(tool, ['--version']));
  if (missing.length === 0) return;
  throw new SetupError(`No ${missing.join(' and no ')} was found. Install a C++ compiler (build-essential).`);
}

function installPackage() {
  say(`Installing @tensorflow/tfjs-node ${TFJS_NODE}`);
  const manifest = {
    name: 'ranksweep-native',
    private: true,
    dependencies: { '@tensorflow/tfjs-node': TFJS_NODE },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  step('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder], {
    failure: 'npm could not install @tensorflow/tfjs-node. Is the npm registry reachable?',
  });
  shareTfjs();
}

/** One tfjs for both: a second copy would register every kernel twice. */
function shareTfjs() {
  const scope = join(modules, '@tensorflow');
  for (const name of readdirSync(scope)) {
    if (name !== 'tfjs-node') rmSync(join(scope, name), { recursive: true, force: true });
  }
  symlinkSync(relative(scope, join(repository, 'node_modules', '@tensorflow', 'tfjs')), join(scope, 'tfjs'));
}

const UNPACK = `
import glob, os, sys, zipfile
wheel, deps = sys.argv[1:]
libraries = ('libtensorflow_cc.so.2', 'libtensorflow_framework.so.2')
headers = {'include/tensorflow/c/': '', 'include/tensorflow/tsl/': '', 'include/tensorflow/core/platform/': '',
           'include/tsl/': '', 'include/xla/tsl/': ''}
def put(archive, name, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with archive.open(name) as source, open(target, 'wb') as sink:
        while chunk := source.read(1 << 20): sink.write(chunk)
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        inner = name.split('/', 1)[-1]
        if inner in libraries: put(archive, name, os.path.join(deps, 'lib', inner))
        elif inner.endswith('.h') and inner.startswith(tuple(headers)): put(archive, name, os.path.join(deps, inner))
`;

function unpackLibrary(python) {
  say(`Downloading libtensorflow in tensorflow-cpu ${TENSORFLOW} (about 210 MB)`);
  const download = join(folder, 'download');
  const platforms = ['manylinux2014_x86_64', 'manylinux_2_17_x86_64'].flatMap((p) => ['--platform', p]);
  step(
    python,
    ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--python-version', '3.11']
      .concat(platforms)
      .concat([`tensorflow-cpu==${TENSORFLOW}`, '-d', download]),
    { failure: 'pip could not download tensorflow-cpu. Is the Python package index reachable?' },
  );
  const wheel = readdirSync(download).find((name) => name.endsWith('.whl'));
  const deps = join(tfjsNode, 'deps');
  step(python, ['-c', UNPACK, join(download, wheel), deps], { failure: 'The wheel could not be unpacked.' });
  for (const [link, target] of [
    ['libtensorflow.so', 'libtensorflow_cc.so.2'],
    ['libtensorflow_framework.so', 'libtensorflow_framework.so.2'],
  ]) {
    rmSync(join(deps, 'lib', link), { force: true });
    symlinkSync(target, join(deps, 'lib', link));
  }
  rmSync(download, { recursive: true });
}

function buildAddon() {
  say("Compiling tfjs-node's addon");
  const prefix = resolve(dirname(process.execPath), '..');
  const hasHeaders = existsSync(join(prefix, 'include', 'node', 'node_api.h'));
  const output = join(tfjsNode, 'lib', 'napi-v8');
  step(
    process.execPath,
    [nodeGyp(prefix), 'rebuild', ...(hasHeaders ? [`--nodedir=${prefix}`] : [])].concat([
      '--module_name=tfjs_binding',
      `--module_path=${output}`,
      '--napi_build_version=8',
    ]),
    {
      cwd: tfjsNode,
      failure: hasHeaders
        ? "tfjs-node's addon did not compile (see above)."
        : `tfjs-node's addon did not compile. Node's headers are not in ${prefix}/include and were to be downloaded; is nodejs.org reachable?`,
    },
  );
}

/** npm brings node-gyp along. */
function nodeGyp(prefix) {
  const npm = process.env.npm_execpath ? [resolve(dirname(process.env.npm_execpath), '..')] : [];
  const places = [...npm, join(prefix, 'lib', 'node_modules', 'npm')];
  const found = places
    .map((place) => join(place, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js'))
    .find(existsSync);
  if (found) return found;
  throw new SetupError(`No node-gyp was found in npm's own folder (${places.join(', ')}).`);
}

function tidy() {
  for (const part of ['deps/include', 'build'])
    rmSync(join(tfjsNode, part), { recursive: true, force: true });
}

/** Whether a matrix product runs on the native backend, tried in a process of its own. */
function works(loud = false) {
  if (!existsSync(join(tfjsNode, 'lib', 'napi-v8', 'tfjs_binding.node'))) return false;
  const program = `
    const util = require('node:util'); util.isNullOrUndefined ??= (x) => x == null;
    const tf = require(${JSON.stringify(tfjsNode)});
    tf.ready().then(() => process.exit(tf.getBackend() === 'tensorflow' && tf.matMul([[2]], [[3]]).dataSync()[0] === 6 ? 0 : 1));`;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' };
  return succeeds(process.execPath, ['-e', program], { env, stdio: loud ? 'inherit' : 'ignore' });
}

function succeeds(command, args, options = {}) {
  try {
    execFileSync(command, args, { stdio: 'ignore', ...options });
    return true;
  } catch {
    return false;
  }
}

/** Runs a command; what it printed is shown only if it failed. */
function step(command, args, { failure, cwd = folder }) {
  try {
    execFileSync(command, args, { cwd, stdio: 'pipe', maxBuffer: 2 ** 28 });
  } catch (error) {
    const output = `${error.stdout ?? ''}${error.stderr ?? ''}`.trimEnd().split('\n').slice(-30).join('\n');
    throw new SetupError(`${output}\n\n${failure}`);
  }
}

const say = (line) => console.log(`${line} …`);

try {
  main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
