/**
 * Puts a native TensorFlow backend into .native/ (or RANKSWEEP_NATIVE_DIR): `npm run setup:native`, or `npm run setup:native -- --gpu`
 * for NVIDIA GPUs.
 *
 * tfjs-node's own installer downloads libtensorflow from a host that many networks do not reach; where it answers, its installer is
 * used. Elsewhere, and for GPUs, the library comes from a wheel of TensorFlow on PyPI, and tfjs-node's addon is compiled against it: about
 * 210 MB are downloaded and 600 MB kept; for GPUs, with CUDA's libraries, 2.4 GB and 3.8 GB. It may be run again: what is there and
 * works is left alone.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNativeKernels } from './build-native-kernels.mjs';

const TFJS_NODE = '4.22.0';
const TENSORFLOW = '2.15.1';
const forGpu = process.argv.includes('--gpu');
const packageName = forGpu ? 'tfjs-node-gpu' : 'tfjs-node';
const wheelName = forGpu ? 'tensorflow' : 'tensorflow-cpu';
/** Where tfjs-node's own installer downloads from, and how long that host may take to answer. */
const OFFICIAL = process.env.TFJS_NODE_CDN_STORAGE ?? 'https://storage.googleapis.com/';
const ANSWER_MS = 5_000;
const OFFICIAL_MS = 600_000;
const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const folder = resolve(process.env.RANKSWEEP_NATIVE_DIR ?? join(repository, '.native'));
const modules = join(folder, 'node_modules');
const tfjsNode = join(modules, '@tensorflow', packageName);

class SetupError extends Error {}

async function main() {
  if (!works()) await install();
  if (!buildNativeKernels(folder))
    say(
      'Our own kernels were not compiled: training works without them, at about three quarters of the speed.',
    );
  console.log(`Native TensorFlow is ready in ${folder}`);
}

async function install() {
  mkdirSync(folder, { recursive: true });
  if (!(await installOfficial())) installFromWheel();
  if (!works(true))
    throw new SetupError('The addon was built, but a matrix product on it failed (see above).');
}

/** With the package's own installer, for the processor only: its build for GPUs wants a CUDA of 2022. @returns whether that worked */
async function installOfficial() {
  if (forGpu || !(await answers(OFFICIAL))) return false;
  installPackage();
  say('Downloading libtensorflow with the installer of @tensorflow/tfjs-node');
  const env = { ...process.env, PATH: `${join(modules, '.bin')}${delimiter}${process.env.PATH}` };
  const options = { cwd: tfjsNode, env, timeout: OFFICIAL_MS };
  if (succeeds(process.execPath, ['scripts/install.js', 'cpu', 'download'], options) && works()) return true;
  console.log('That did not work here; the library is taken from PyPI instead.');
  for (const part of ['deps', 'lib']) rmSync(join(tfjsNode, part), { recursive: true, force: true });
  return false;
}

async function answers(url) {
  try {
    await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS) });
    return true;
  } catch {
    return false;
  }
}

function installFromWheel() {
  checkPlatform();
  const python = findPython();
  checkCompiler();
  installPackage();
  unpackLibrary(python);
  buildAddon();
  tidy();
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
  say(`Installing @tensorflow/${packageName} ${TFJS_NODE}`);
  const installed = ['tfjs-node', 'tfjs-node-gpu'].filter(
    (name) => name === packageName || isInstalled(name),
  );
  const dependencies = Object.fromEntries(installed.map((name) => [`@tensorflow/${name}`, TFJS_NODE]));
  const manifest = { name: 'ranksweep-native', private: true, dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  step('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder], {
    failure: `npm could not install @tensorflow/${packageName}. Is the npm registry reachable?`,
  });
  shareTfjs();
}

const isInstalled = (name) => existsSync(join(modules, '@tensorflow', name, 'package.json'));

/** One tfjs for all: a second copy would register every kernel twice. */
function shareTfjs() {
  const scope = join(modules, '@tensorflow');
  for (const name of readdirSync(scope)) {
    if (!name.startsWith('tfjs-node')) rmSync(join(scope, name), { recursive: true, force: true });
  }
  const ours = realpathSync(join(repository, 'node_modules', '@tensorflow'));
  for (const name of ['tfjs', 'tfjs-core']) {
    symlinkSync(relative(realpathSync(scope), join(ours, name)), join(scope, name));
  }
}

/** Prints what the extra and-cuda asks for. */
const UNPACK = `
import os, re, sys, zipfile
wheel, deps = sys.argv[1:]
libraries = ('libtensorflow_cc.so.2', 'libtensorflow_framework.so.2')
headers = ('include/tensorflow/c/', 'include/tensorflow/tsl/', 'include/tensorflow/core/platform/', 'include/tsl/', 'include/xla/tsl/')
def put(archive, name, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with archive.open(name) as source, open(target, 'wb') as sink:
        while chunk := source.read(1 << 20): sink.write(chunk)
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        inner = name.split('/', 1)[-1]
        if inner in libraries: put(archive, name, os.path.join(deps, 'lib', inner))
        elif inner.endswith('.h') and inner.startswith(headers): put(archive, name, os.path.join(deps, inner))
        elif inner == 'METADATA':
            for line in archive.read(name).decode().splitlines():
                asked = re.match(r"Requires-Dist: (\\S+) \\(?==([^) ;]+)\\)? ?;.*and-cuda", line)
                if asked: print('=='.join(asked.groups()))
`;

/** The folder nvidia of each wheel, beside which the library looks for it. */
const UNPACK_CUDA = `
import glob, os, sys, zipfile
wheels, deps = sys.argv[1:]
for wheel in glob.glob(os.path.join(wheels, 'nvidia_*.whl')):
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            if info.filename.startswith('nvidia/') and '/include/' not in info.filename:
                path = archive.extract(info, deps)
                if '/bin/' in info.filename: os.chmod(path, 0o755)
    os.remove(wheel)
`;

function unpackLibrary(python) {
  say(`Downloading libtensorflow in ${wheelName} ${TENSORFLOW} (about ${forGpu ? 480 : 210} MB)`);
  const download = join(folder, 'download');
  const deps = join(tfjsNode, 'deps');
  pipDownload(python, download, [`${wheelName}==${TENSORFLOW}`]);
  const wheel = readdirSync(download).find((name) => name.endsWith('.whl'));
  const cuda = step(python, ['-c', UNPACK, join(download, wheel), deps], {
    failure: 'The wheel could not be unpacked.',
  });
  if (forGpu) unpackCuda(python, download, deps, cuda.trim().split('\n'));
  for (const [link, target] of [
    ['libtensorflow.so', 'libtensorflow_cc.so.2'],
    ['libtensorflow_framework.so', 'libtensorflow_framework.so.2'],
  ]) {
    rmSync(join(deps, 'lib', link), { force: true });
    symlinkSync(target, join(deps, 'lib', link));
  }
  rmSync(download, { recursive: true });
}

function unpackCuda(python, download, deps, wheels) {
  say(`Downloading CUDA's libraries in ${wheels.length} wheels (about 1.9 GB)`);
  pipDownload(python, download, wheels);
  step(python, ['-c', UNPACK_CUDA, download, deps], { failure: "CUDA's wheels could not be unpacked." });
}

function pipDownload(python, download, wheels) {
  const platforms = ['manylinux1_x86_64', 'manylinux2014_x86_64', 'manylinux_2_17_x86_64'];
  step(
    python,
    [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      '--python-version',
      '3.11',
    ].concat(
      platforms.flatMap((platform) => ['--platform', platform]),
      wheels,
      ['-d', download],
    ),
    { failure: `pip could not download ${wheels.join(', ')}. Is the Python package index reachable?` },
  );
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

/** Runs a command; what it printed on stderr is shown only if it failed. @returns what it printed on stdout */
function step(command, args, { failure, cwd = folder }) {
  try {
    return execFileSync(command, args, { cwd, stdio: 'pipe', maxBuffer: 2 ** 28, encoding: 'utf8' });
  } catch (error) {
    const output = `${error.stdout ?? ''}${error.stderr ?? ''}`.trimEnd().split('\n').slice(-30).join('\n');
    throw new SetupError(`${output}\n\n${failure}`);
  }
}

const say = (line) => console.log(`${line} …`);

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
