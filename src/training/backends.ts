import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { RanksweepError } from '../core/errors.js';
import type { Backend } from '../core/run-config.js';
import type { WasmBackend } from './kernels/heap.js';
import { guardMemory } from './kernels/memory-guard.js';
import { nativeThreads, registerNative } from './native-backend.js';
import { registerWebgpu, type WebgpuDevice } from './webgpu-backend.js';

export interface BackendChoice {
  backend: Exclude<Backend, 'auto'>;
  /** one sentence for the run's record */
  why: string;
  versions: Record<string, string>;
  /** threads that one operation may use */
  threads: number;
  /** the GPU, or what takes its place; null: the processor */
  device: string | null;
  /** what was tried before, and why it was not taken */
  tried: { backend: string; reason: string }[];
}

type Concrete = BackendChoice['backend'];
type Started = Pick<BackendChoice, 'versions' | 'threads' | 'device'>;

const require = createRequire(import.meta.url);
/** The best first. */
const AUTOMATIC: Concrete[] = ['tfjs-node-gpu', 'tfjs-node', 'webgpu', 'wasm', 'cpu'];

const STARTS: Record<Concrete, (wanted: Backend) => Promise<Started>> = {
  'tfjs-node-gpu': () => startNative('tfjs-node-gpu'),
  'tfjs-node': () => startNative('tfjs-node'),
  webgpu: startWebgpu,
  wasm: startWasm,
  cpu: () => makeCurrent('cpu', {}),
};

/** How what is not installed gets here. */
const SETUPS: Partial<Record<Backend, string>> = {
  'tfjs-node-gpu': '`npm run setup:native -- --gpu` installs tfjs-node-gpu.',
  'tfjs-node': '`npm run setup:native` installs tfjs-node.',
  webgpu: '`npm run setup:webgpu` installs Dawn.',
};

/**
 * Sets up a backend and makes it TensorFlow.js's current one: the wanted one, or for 'auto' the first that works of native (GPU, then
 * CPU), WebGPU on a GPU, WASM and plain JavaScript.
 * @throws RanksweepError UNAVAILABLE if the wanted one does not work here
 */
export async function chooseBackend(wanted: Backend): Promise<BackendChoice> {
  tf.enableProdMode();
  const tried: BackendChoice['tried'] = [];
  for (const backend of wanted === 'auto' ? AUTOMATIC : [wanted]) {
    try {
      return { backend, why: whyChosen(wanted, tried), tried, ...(await STARTS[backend](wanted)) };
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

async function startNative(name: 'tfjs-node' | 'tfjs-node-gpu'): Promise<Started> {
  const { versions, device } = registerNative(name);
  return { ...(await makeCurrent('tensorflow', versions)), threads: nativeThreads(), device };
}

async function startWasm(): Promise<Started> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  wasm.setWasmPaths(`${join(folder, 'wasm-out')}/`);
  const { registerWasmKernels } = await import('./wasm-kernels.js');
  await registerWasmKernels();
  const started = await makeCurrent('wasm', { 'tfjs-backend-wasm': wasm.version_wasm });
  guardMemory(tf.backend() as unknown as WasmBackend);
  return started;
}

async function startWebgpu(wanted: Backend): Promise<Started> {
  const { device, versions } = await registerWebgpu(wanted === 'auto' ? expectOwnGpu : () => {});
  const shown = device.isSoftware ? `${device.name} (software)` : device.name;
  return { ...(await makeCurrent('webgpu', versions)), device: shown };
}

/** What is taken only by name: a software device, and the first GPU where CUDA_VISIBLE_DEVICES gives this process another or none. */
function expectOwnGpu({ name, isSoftware }: WebgpuDevice): void {
  if (isSoftware) throw new Error(`no GPU found, only ${name}, slower than wasm`);
  const visible = process.env.CUDA_VISIBLE_DEVICES;
  if (visible === undefined || /^\s*0\s*(,|$)/.test(visible)) return;
  throw new Error(`it would take the first GPU, and CUDA_VISIBLE_DEVICES is ${JSON.stringify(visible)}`);
}

async function makeCurrent(name: string, versions: Record<string, string>): Promise<Started> {
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js could not start its backend ${name}`);
  await tf.ready();
  const all = { tfjs: tf.version.tfjs, node: process.versions.node, ...versions };
  return { versions: all, threads: 1, device: null };
}

function unavailable(wanted: Backend, tried: BackendChoice['tried']): RanksweepError {
  const reasons = tried.map(({ backend, reason }) => `${backend}: ${reason}`).join('; ');
  const isMissing = tried.some(({ reason }) => reason === 'not installed');
  const advice = isMissing && SETUPS[wanted] ? ` ${SETUPS[wanted]}` : '';
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
