import { join } from 'node:path';
import type { RunConfig } from '../core/run-config.js';
import { adaptedLayers, addSquares, disposeBase, frozenBase } from './adapted-layers.js';
import { adaptedModules, scalesOf, settingsOf } from './adapted-modules.js';
import { saveAdapter } from './adapter-files.js';
import { type Checkpoint, saveCheckpoint } from './checkpoint.js';
import { startAdapter } from './initial-adapter.js';
import { frozenLayers, trainableLayers } from './layers.js';
import type { Layers } from './llama.js';
import type { DropoutDraw } from './lora.js';
import { type GroupOf, loraPlusGroups, ONE_GROUP } from './parameter-groups.js';
import { Parameters } from './parameters.js';
import { recomputingLayers } from './recompute.js';

/** Where weights are kept, and what is known of them then. */
export interface Destination {
  outputFolder: string;
  baseHash: string;
  endOfText: number;
  step: number;
}

/** What is trained: an adapter on frozen weights, or all weights. */
export interface Method {
  parameters: Parameters;
  /** effective scale by module path; empty for the full method */
  scales: ReadonlyMap<string, number>;
  /** how the optimiser treats each of them */
  groupOf: GroupOf;
  /** the layers as they are now, for evaluation: no dropout */
  layers(): Layers;
  /** the layers for training step n (from 1), with that step's dropout */
  trainingLayers(step: number): Layers;
  /** the layers of the base; for the full method only before the first step */
  baseLayers(): Layers;
  /** @returns the adapter's folder, or null if a whole checkpoint was written */
  save(destination: Destination): Promise<string | null>;
  dispose(): void;
}

/** @param base with the LoRA method its weights are taken out of it */
export function createMethod(config: RunConfig, base: Checkpoint): Method {
  return config.method === 'lora' ? createLora(config, base) : createFull(config, base);
}

function createLora(config: RunConfig, base: Checkpoint): Method {
  const { lora, optimizer, seed } = config;
  const start = startAdapter(base, lora, seed);
  const frozen = frozenBase(base, true);
  addSquares(frozen, new Set(start.adapter.keys()));
  const parameters = new Parameters(start.adapter);
  const scales = scalesOf(adaptedModules(settingsOf(lora), base.config));
  const layers = (draw?: DropoutDraw) => adaptedLayers(frozen, parameters.tensors, scales, draw);
  return {
    parameters,
    scales,
    groupOf: groupsOf(optimizer, parameters, base),
    layers: () => layers(),
    trainingLayers: (step) => training(layers({ rate: lora.dropout, seed, step }), config, parameters),
    // What PiSSA took out of the base's weights is only whole again with A and B as they begin.
    baseLayers: () => (start.taken ? layers() : frozen.layers),
    async save({ outputFolder, baseHash, step }) {
      const folder = join(outputFolder, 'adapter');
      const provenance = { config, scales: Object.fromEntries(scales), base: baseOf(config, baseHash), step };
      await saveAdapter(
        folder,
        { base: base.config, adapter: parameters.values, taken: start.taken },
        provenance,
      );
      return folder;
    },
    dispose() {
      parameters.dispose();
      disposeBase(frozen);
    },
  };
}

const training = (layers: Layers, { gradientCheckpointing }: RunConfig, { tensors }: Parameters) =>
  gradientCheckpointing ? recomputingLayers(layers, tensors) : layers;

const baseOf = ({ model }: RunConfig, hash: string) => ({ path: model, hash });

function groupsOf(
  { loraPlusRatio }: RunConfig['optimizer'],
  { values }: Parameters,
  { config }: Checkpoint,
): GroupOf {
  return loraPlusRatio === null ? ONE_GROUP : loraPlusGroups(loraPlusRatio, values, config);
}

function createFull(config: RunConfig, base: Checkpoint): Method {
  const copy = new Map(
    [...base.weights].map(([name, { shape, values }]) => [name, { shape, values: values.slice() }]),
  );
  const parameters = new Parameters(copy);
  const layers = () => frozenLayers(base.config, parameters.tensors);
  return {
    parameters,
    scales: new Map(),
    groupOf: ONE_GROUP,
    layers,
    trainingLayers: () => training(trainableLayers(base.config, parameters.tensors), config, parameters),
    baseLayers: layers,
    async save({ outputFolder, endOfText }) {
      const options = { dtype: 'F32' as const, endOfText, tokenizerFolder: config.model };
      await saveCheckpoint(join(outputFolder, 'checkpoint'), { config: base.config, weights: copy }, options);
      return null;
    },
    dispose: () => parameters.dispose(),
  };
}
