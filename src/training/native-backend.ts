import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import nodeUtil from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { installedFolder } from './installed-folder.js';
import { loadNativeKernels } from './native-kernels.js';

// tfjs-node and tfjs-node-gpu from .native/, which scripts/setup-native.mjs fills. One process holds one libtensorflow at most.

type Package = 'tfjs-node' | 'tfjs-node-gpu';

/** What is used of tfjs-node 4.22. */
interface NativePackage {
  version: { 'tfjs-node': string };
}
interface NativeBackend {
  binding: { TF_Version: string };
  isUsingGpuDevice: boolean;
}

const require = createRequire(import.meta.url);
/** One of these is there wherever NVIDIA's driver is, in containers and under Windows' Linux too. */
const DRIVER_FILES = ['/dev/nvidiactl', '/proc/driver/nvidia/version', '/dev/dxg'];

/** Set before TensorFlow loads, unless the user has: sums in float32 as on every other backend, and memory as it is needed. */
const GPU_ENVIRONMENT = { NVIDIA_TF32_OVERRIDE: '0', TF_FORCE_GPU_ALLOW_GROWTH: 'true' };

let loaded: NativePackage | null = null;

/**
 * Loads native TensorFlow and registers it as tfjs's backend 'tensorflow'. The GPU's package computes on the processor too, where only
 * that one is installed or it was loaded before and found no GPU.
 * @throws if it is not installed, or if `wanted` is the GPU's and TensorFlow sees none
 */
export function registerNative(wanted: Package): { versions: Record<string, string>; device: string | null } {
  if (wanted === 'tfjs-node-gpu') expectGpu();
  loaded ??= load(packageFor(wanted));
  const { binding, isUsingGpuDevice } = tf.findBackend('tensorflow') as unknown as NativeBackend;
  if (wanted === 'tfjs-node-gpu' && !isUsingGpuDevice)
    throw new Error(
      'no GPU found: TensorFlow sees none, though there is a driver (driver or CUDA libraries too old?)',
    );
  const kernels = isUsingGpuDevice ? null : loadNativeKernels(installedFolder('native'));
  const versions = {
    ...{ 'tfjs-node': loaded.version['tfjs-node'], libtensorflow: binding.TF_Version },
    ...(kernels && { 'ranksweep-kernels': kernels }),
  };
  return { versions, device: isUsingGpuDevice ? `CUDA device ${cudaDevices()?.[0] ?? '0'}` : null };
}

export function nativeThreads(): number {
  return Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism();
}

function packageFor(wanted: Package): Package {
  const other = wanted === 'tfjs-node' && !isInstalled('tfjs-node') && isInstalled('tfjs-node-gpu');
  if (other) process.env.CUDA_VISIBLE_DEVICES = '-1';
  return other ? 'tfjs-node-gpu' : wanted;
}

function load(name: Package): NativePackage {
  // tfjs-node 4.22 calls what Node 23 removed.
  const util = nodeUtil as { isNullOrUndefined?: (x: unknown) => boolean };
  util.isNullOrUndefined ??= (x) => x === null || x === undefined;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  for (const [variable, value] of Object.entries(GPU_ENVIRONMENT)) process.env[variable] ??= value;
  return require(folderOf(name));
}

const folderOf = (name: Package) => join(installedFolder('native'), 'node_modules', '@tensorflow', name);
const isInstalled = (name: Package) => existsSync(join(folderOf(name), 'package.json'));

/** Before a library of a gigabyte is loaded for nothing. */
function expectGpu(): void {
  if (!isInstalled('tfjs-node-gpu')) throw new Error('not installed');
  const devices = cudaDevices();
  if (devices?.length === 0) throw new Error('no GPU found: CUDA_VISIBLE_DEVICES hides all');
  if (process.platform === 'linux' && !DRIVER_FILES.some(existsSync))
    throw new Error('no GPU found: no NVIDIA driver');
}

/** CUDA_VISIBLE_DEVICES as CUDA reads it: up to the first entry that is none; null: not set, all are visible. */
function cudaDevices(): string[] | null {
  const set = process.env.CUDA_VISIBLE_DEVICES;
  if (set === undefined) return null;
  const entries = set.split(',').map((entry) => entry.trim());
  const end = entries.findIndex((entry) => entry === '' || entry.startsWith('-'));
  return end < 0 ? entries : entries.slice(0, end);
}
