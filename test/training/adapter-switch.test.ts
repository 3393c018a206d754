import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { AdapterSwitch } from '../../src/training/adapter-switch.js';
import { type Checkpoint, loadCheckpoint } from '../../src/training/checkpoint.js';
import { frozenLayers, toTensors } from '../../src/training/layers.js';
import { forward, type Layers, toRows } from '../../src/training/llama.js';
import { type LoadedAdapter, loadAdapter } from '../../src/training/load-adapter.js';
import { mergedCheckpoint } from '../../src/training/merge-adapter.js';
import { useBackend } from './backend.js';

// Adapters that PEFT made (test/fixtures), on one base.

const FIXTURES = join('test', 'fixtures', 'peft');
const ADAPTERS = { plain: 'rank-8', dora: 'variants/dora', whole: 'variants/saved', head: 'variants/head' };
type Name = keyof typeof ADAPTERS;
const names = Object.keys(ADAPTERS) as Name[];
const ids = Int32Array.from({ length: 16 }, (_, i) => (i * 29 + 3) % 96);

describe.each(['wasm', 'cpu'] as const)('one base and several adapters on %s', (backend) => {
  let base: Checkpoint;
  let loaded: Map<Name, LoadedAdapter>;
  let adapters: AdapterSwitch;

  beforeAll(async () => {
    await useBackend(backend);
    base = await loadCheckpoint(join(FIXTURES, 'base'));
    loaded = new Map();
    for (const name of names)
      loaded.set(name, await loadAdapter(join(FIXTURES, ADAPTERS[name]), base.config));
    // B is zero in this one, as PEFT begins.
    for (const { values } of loaded.get('plain')!.tensors.values())
      for (let i = 0; i < values.length; i++) values[i]! += 0.05;
    adapters = new AdapterSwitch(base);
    for (const [name, adapter] of loaded) adapters.add(name, adapter);
  });

  const logitsOf = (layers: Layers, { config } = base) =>
    tf.tidy(() => forward(config, layers, toRows(config, ids, ids.length)).dataSync() as Float32Array);

  it('gives the same bits again after any other, at any scale', () => {
    const [alone, before] = [
      logitsOf(adapters.layers(null)),
      names.map((name) => logitsOf(adapters.layers(name))),
    ];
    for (const factor of [0.5, 2]) for (const name of names) logitsOf(adapters.layers(name, factor));
    expect(names.map((name) => logitsOf(adapters.layers(name)))).toEqual(before);
    expect(logitsOf(adapters.layers(null))).toEqual(alone);
    expect(new Set(before.map((logits) => logits.join())).size).toBe(names.length);
  });

  it('is the base, bit for bit, without an adapter and at scale 0', () => {
    const alone = logitsOf(frozenLayers(base.config, toTensors(base.weights)));
    for (const name of [null, ...names]) expect(logitsOf(adapters.layers(name, 0))).toEqual(alone);
    expect(logitsOf(adapters.layers(null))).toEqual(alone);
  });

  it.each(names.flatMap((name) => [0.5, 1, 2].map((factor) => [name, factor] as const)))(
    'gives what merging %s at scale %s gives',
    (name, factor) => {
      const merged = mergedCheckpoint(base, loaded.get(name)!, factor);
      const expected = logitsOf(frozenLayers(merged.config, toTensors(merged.weights)), merged);
      const found = logitsOf(adapters.layers(name, factor));
      const size = Math.max(...expected.map(Math.abs));
      expect(Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(2e-5 * size);
    },
  );

  it('tells the scales, and moves no weights', () => {
    const before = tf.memory().numTensors;
    expect(adapters.scales('dora', 0.5).get('model.layers.0.mlp.up_proj')).toBe(1);
    for (const name of names) adapters.layers(name, 1.5);
    expect(tf.memory().numTensors).toBe(before);
    expect(() => adapters.layers('other')).toThrow('no adapter other: there are plain, dora, whole, head');
  });

  it('lets go of what is removed', () => {
    const before = tf.memory().numTensors;
    adapters.add('again', loaded.get('dora')!);
    expect(tf.memory().numTensors).toBe(before + loaded.get('dora')!.tensors.size);
    adapters.remove('again');
    expect(tf.memory().numTensors).toBe(before);
  });
});
