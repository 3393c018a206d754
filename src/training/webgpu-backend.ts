import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { installedFolder } from './installed-folder.js';
import { replaceWebgpuKernels } from './webgpu-kernels.js';

// TensorFlow.js's WebGPU backend on Dawn, the WebGPU of Chromium, which npm's `webgpu` brings to Node (scripts/setup-webgpu.mjs).

/** What is used of npm's `webgpu` and of the WebGPU interface. */
interface Dawn {
  create(options: string[]): Gpu;
  globals: object;
}
interface Gpu {
  requestAdapter(options: { powerPreference: string }): Promise<Adapter | null>;
}
interface Adapter {
  info: { vendor: string; architecture: string; description: string; isFallbackAdapter?: boolean };
  limits: Record<string, number>;
  requestDevice(options: { requiredLimits: Record<string, number> }): Promise<Device>;
}
interface Device {
  addEventListener(type: 'uncapturederror', listener: (event: { error: Error }) => void): void;
  lost: Promise<{ reason: string; message: string }>;
}

/** What is used of tfjs-backend-webgpu 4.22. */
interface Webgpu {
  WebGPUBackend: new (device: Device, info: Adapter['info']) => WebgpuBackend;
}
interface WebgpuBackend extends tf.KernelBackend {
  bufferManager: BufferManager;
  submitQueue(): void;
}
interface BufferManager {
  freeBuffers: Map<string, { size: number; destroy(): void }[]>;
  numFreeBuffers: number;
  numBytesAllocated: number;
  numBytesUsed: number;
}

export interface WebgpuDevice {
  /** as the driver calls it */
  name: string;
  /** computes on the processor: right, but slower than WASM */
  isSoftware: boolean;
}

/** What a device must be able to do: as much as its adapter can. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeInvocationsPerWorkgroup',
];

/** Buffers that wait to be used again may take this much and as much again as those in use. */
const SPARE_BYTES = 256 * 2 ** 20;

interface Registered {
  device: WebgpuDevice;
  versions: Record<string, string>;
  /** as long as there is a reference to it, Dawn serves its devices */
  gpu: Gpu;
}

const require = createRequire(import.meta.url);
let registered: Registered | null = null;

/**
 * Registers tfjs's backend 'webgpu' on the best adapter, once for the process.
 * @param accepts says no to a device by throwing
 */
export async function registerWebgpu(accepts: (device: WebgpuDevice) => void): Promise<Registered> {
  const found = registered ?? (await lookForAdapter());
  accepts(found.device);
  if ('adapter' in found) registered = registerOn(found);
  return registered!;
}

const modulePath = (name: string) => join(installedFolder('webgpu'), 'node_modules', ...name.split('/'));

async function lookForAdapter() {
  // says that it is not installed in the way that backends.ts knows
  const { version: dawn } = require(join(modulePath('webgpu'), 'package.json'));
  const { create, globals }: Dawn = await import(pathToFileURL(join(modulePath('webgpu'), 'index.js')).href);
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('no GPU found (on Linux Dawn needs libvulkan.so.1 and a Vulkan driver)');
  return { gpu, adapter, device: describe(adapter), dawn };
}

function registerOn({ gpu, adapter, device, dawn }: Awaited<ReturnType<typeof lookForAdapter>>): Registered {
  const folder = modulePath('@tensorflow/tfjs-backend-webgpu');
  const webgpu: Webgpu = require(folder);
  const { version } = require(join(folder, 'package.json'));
  tf.registerBackend('webgpu', () => startBackend(webgpu, adapter));
  replaceWebgpuKernels(device.isSoftware);
  return { gpu, device, versions: { 'tfjs-backend-webgpu': version, dawn } };
}

function describe({ info }: Adapter): WebgpuDevice {
  const { vendor, architecture, description, isFallbackAdapter } = info;
  const name = description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed';
  return { name, isSoftware: isFallbackAdapter === true };
}

async function startBackend(webgpu: Webgpu, adapter: Adapter): Promise<tf.KernelBackend> {
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]!]));
  const device = await adapter.requestDevice({ requiredLimits });
  const Checked = checked(webgpu.WebGPUBackend, device);
  return withNavigator(() => new Checked(device, adapter.info));
}

/** The backend's constructor looks for a page's navigator; nothing else should find one. */
function withNavigator<T>(body: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: true }, configurable: true });
  try {
    return body();
  } finally {
    if (before) Object.defineProperty(globalThis, 'navigator', before);
    else delete (globalThis as { navigator?: unknown }).navigator;
  }
}

/**
 * What WebGPU reports later, memory that ran out included, is otherwise only printed, and zeros are read: here the next read throws.
 * And buffers of sizes that are no longer used go, where tfjs keeps all for ever.
 */
function checked(Base: Webgpu['WebGPUBackend'], device: Device): Webgpu['WebGPUBackend'] {
  let trouble: string | null = null;
  device.addEventListener('uncapturederror', ({ error }) => {
    trouble ??= error.message;
  });
  device.lost.then(({ reason, message }) => {
    trouble ??= `the device was lost (${reason}): ${message}`;
  });
  return class extends Base {
    override async read(dataId: object): ReturnType<tf.KernelBackend['read']> {
      const values = await super.read(dataId);
      if (trouble !== null) throw new Error(`WebGPU: ${trouble}`);
      return values;
    }

    override submitQueue(): void {
      super.submitQueue();
      dropSpareBuffers(this.bufferManager);
    }
  };
}

function dropSpareBuffers(manager: BufferManager): void {
  const spare = manager.numBytesAllocated - manager.numBytesUsed;
  if (spare < SPARE_BYTES || spare < manager.numBytesUsed) return;
  for (const buffers of manager.freeBuffers.values()) {
    for (const buffer of buffers) {
      manager.numBytesAllocated -= buffer.size;
      buffer.destroy();
    }
    manager.numFreeBuffers -= buffers.length;
    buffers.length = 0;
  }
}
