import { hashJson } from './hash.js';

/** What decides in which order numbers are added: the backend with its versions, and the hardware under it. */
export interface ComputeEnvironment {
  backend: string;
  /** the GPU, or what takes its place; null: the processor */
  device: string | null;
  threads: number;
  /** of the backend's packages, without Node's: its kernels are the backend's own */
  versions: Record<string, string>;
  cpu: string;
  arch: string;
  gpus: string[];
}

interface Recorded {
  backend?: { name: string; device?: string | null; threads?: number; versions?: Record<string, string> };
  hardware?: { cpu?: string; arch?: string; gpus?: string[] };
}

/** From a run's provenance; null where the record does not name a backend. */
export function environmentOf(provenance: unknown): ComputeEnvironment | null {
  const { backend, hardware } = (provenance ?? {}) as Recorded;
  if (!backend?.name) return null;
  const { node: _, ...versions } = backend.versions ?? {};
  return {
    ...{ backend: backend.name, device: backend.device ?? null, threads: backend.threads ?? 1, versions },
    ...{ cpu: hardware?.cpu ?? 'unknown', arch: hardware?.arch ?? 'unknown', gpus: hardware?.gpus ?? [] },
  };
}

/** Equal for environments whose results are expected to have the same bits. */
export function environmentKey(environment: ComputeEnvironment): string {
  return hashJson(environment);
}

/** `wasm on Intel Xeon` */
export function environmentText({ backend, device, cpu, threads }: ComputeEnvironment): string {
  return `${backend} on ${device ?? cpu}${threads > 1 ? ` with ${threads} threads` : ''}`;
}
