import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import nodeUtil from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { RanksweepError } from '../core/errors.js';
import type { Backend } from '../core/run-config.js';
import { loadNativeKernels } from './native-kernels.js';

export interface BackendChoice {
  backend: Exclude<Backend, 'auto'>;
  /** one sentence for the run's record */
  why: string;
  versions: Record<string, string>;
  /** threads that one operation may use */
  threads: number;
  /** what was tried before, and why it was not taken */
  tried: { backend: string; reason: string }[];
}

type Concrete = BackendChoice['backend'];

const require = createRequire(import.meta.url);
/** The best first. WebGPU is not among them: in Node it needs a page's or Dawn's GPU, and is chosen by name. */
const AUTOMATIC: Concrete[] = ['tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu'];

const SETUPS: Record<Concrete, () => Promise<{ versions: Record<string, string>; threads: number }>> = {
  'tfjs-node-gpu': () => setUpNative('@tensorflow/tfjs-node-gpu'),
  'tfjs-node': () => setUpNative('@tensorflow/tfjs-node'),
  webgpu: setUpWebgpu,
  wasm: setUpWasm,
  cpu: () => makeCurrent('cpu', 1, {}),
};

/**
 * Sets up a backend and makes it TensorFlow.js's current one: the wanted one, or for 'auto' the first that works of native
 * (GPU, then CPU, if installed), WASM and plain JavaScript.
 * @throws RanksweepError UNAVAILABLE if the wanted one does not work here
 */
export async function chooseBackend(wanted: Backend): Promise<BackendChoice> {
  tf.enableProdMode();
  const tried: BackendChoice['tried'] = [];
  for (const backend of wanted === 'auto' ? AUTOMATIC : [wanted]) {
    try {
      return { backend, why: whyChosen(wanted, tried), tried, ...(await SETUPS[backend]()) };
    } catch (cause) {
      tried.push({ backend, reason: firstLine(cause) });
    }
  }
  throw unavailable(wanted, tried);
}

function whyChosen(wanted: Backend, tried: BackendChoice['tried']): string {
  if (wanted !== 'auto') return 'the config names it';
  if (tried.length === 0) return 'the fastest there is';
  return `the fastest that works here (${tried.map((t) => `${t.backend}: ${t.reason}`).join('; ')})`;
}

async function setUpWasm() {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  wasm.setWasmPaths(`${join(folder, 'wasm-out')}/`);
  const { registerWasmKernels } = await import('./wasm-kernels.js');
  await registerWasmKernels();
  return makeCurrent('wasm', 1, { 'tfjs-backend-wasm': wasm.version_wasm });
}

async function setUpWebgpu() {
  if (!(globalThis as { navigator?: { gpu?: unknown } }).navigator?.gpu) {
    throw new Error('this Node has no navigator.gpu');
  }
  const webgpu = '@tensorflow/tfjs-backend-webgpu';
  const { version_webgpu: version } = await import(webgpu);
  return makeCurrent('webgpu', 1, { 'tfjs-backend-webgpu': version });
}

/** tfjs-node from .native/, which scripts/setup-native.mjs fills. */
async function setUpNative(name: string) {
  // tfjs-node 4.22 calls what Node 23 removed.
  const util = nodeUtil as { isNullOrUndefined?: (x: unknown) => boolean };
  util.isNullOrUndefined ??= (x) => x === null || x === undefined;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  const native = require(join(nativeFolder(), 'node_modules', name));
  const kernels = name === '@tensorflow/tfjs-node' ? loadNativeKernels(nativeFolder()) : null;
  const threads = Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism();
  const choice = await makeCurrent('tensorflow', threads, { 'tfjs-node': native.version['tfjs-node'] });
  const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
  const versions = { ...choice.versions, libtensorflow: binding.TF_Version };
  return { ...choice, versions: kernels ? { ...versions, 'ranksweep-kernels': kernels } : versions };
}

/** RANKSWEEP_NATIVE_DIR, or .native beside the package.json above this file. */
function nativeFolder(): string {
  const fromEnvironment = process.env.RANKSWEEP_NATIVE_DIR;
  if (fromEnvironment) return resolve(fromEnvironment);
  const here = dirname(fileURLToPath(import.meta.url));
  const above = here.includes(`${join('dist', 'src')}`) ? '../../..' : '../..';
  return resolve(here, above, '.native');
}

async function makeCurrent(name: string, threads: number, versions: Record<string, string>) {
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js could not start its backend ${name}`);
  await tf.ready();
  return { threads, versions: { tfjs: tf.version.tfjs, node: process.versions.node, ...versions } };
}

function unavailable(wanted: Backend, tried: BackendChoice['tried']): RanksweepError {
  const reasons = tried.map(({ backend, reason }) => `${backend}: ${reason}`).join('; ');
  const advice = wanted.startsWith('tfjs-node') ? ' `npm run setup:native` installs tfjs-node.' : '';
  return new RanksweepError(
    'UNAVAILABLE',
    `The backend ${wanted} does not work here (${reasons}).${advice}`,
    [{ field: 'backend', message: `found ${JSON.stringify(wanted)}: ${reasons}` }],
  );
}

function firstLine(cause: unknown): string {
  const { code, message } = cause as { code?: string; message?: string };
  return code === 'MODULE_NOT_FOUND' ? 'not installed' : String(message ?? cause).split('\n')[0]!;
}
