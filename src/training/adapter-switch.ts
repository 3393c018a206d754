import * as tf from '@tensorflow/tfjs';
import { adaptedLayers, addSquares, disposeBase, type FrozenBase, frozenBase } from './adapted-layers.js';
import type { Checkpoint } from './checkpoint.js';
import { toTensors, type WeightTensors } from './layers.js';
import type { Layers } from './llama.js';
import type { LoadedAdapter } from './load-adapter.js';

interface Loaded {
  tensors: WeightTensors;
  scales: ReadonlyMap<string, number>;
}

/**
 * One base on the backend and any number of adapters beside it. Switching and scaling move no weights: what an adapter does is computed
 * as it is used, so that the same adapter at the same scale gives the same bits, whatever was in use in between.
 */
export class AdapterSwitch {
  private readonly base: FrozenBase;
  private readonly adapters = new Map<string, Loaded>();

  /** The base goes to the current backend; its values may be let go then. */
  constructor(base: Checkpoint) {
    this.base = frozenBase(base);
  }

  get names(): string[] {
    return [...this.adapters.keys()];
  }

  /** @param name an adapter that had it before is removed */
  add(name: string, { tensors, scales }: LoadedAdapter): void {
    this.remove(name);
    addSquares(this.base, new Set(tensors.keys()));
    this.adapters.set(name, { tensors: toTensors(tensors), scales });
  }

  remove(name: string): void {
    const loaded = this.adapters.get(name);
    if (loaded) tf.dispose([...loaded.tensors.values()]);
    this.adapters.delete(name);
  }

  /**
   * @param name null: the base alone
   * @param factor multiplies the adapter's own scales: 0 is the base, bit for bit, 1 the adapter as it was trained
   */
  layers(name: string | null, factor = 1): Layers {
    if (name === null || factor === 0) return this.base.layers;
    return adaptedLayers(this.base, this.loaded(name).tensors, this.scales(name, factor));
  }

  /** What B·A is multiplied by, by module path. */
  scales(name: string, factor = 1): Map<string, number> {
    return new Map([...this.loaded(name).scales].map(([module, scale]) => [module, scale * factor]));
  }

  dispose(): void {
    for (const name of this.names) this.remove(name);
    disposeBase(this.base);
  }

  private loaded(name: string): Loaded {
    const loaded = this.adapters.get(name);
    if (!loaded) throw new Error(`no adapter ${name}: there are ${this.names.join(', ') || 'none'}`);
    return loaded;
  }
}
