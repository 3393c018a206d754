import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunConfig } from '../core/run-config.js';
import type { LoraSettings } from './adapted-modules.js';
import { modulesOf } from './adapter-keys.js';
import type { ModelConfig } from './model-config.js';
import { relativeToBase } from './pissa.js';
import { type TensorFile, writeSafetensors } from './safetensors.js';
import { toStored } from './stored-weights.js';

export const PEFT_CONFIG = 'adapter_config.json';
export const PEFT_WEIGHTS = 'adapter_model.safetensors';
export const PROVENANCE = 'ranksweep.json';

/** Where an adapter comes from: kept beside PEFT's files, never in them. */
export interface AdapterProvenance {
  config: RunConfig;
  /** effective scale by module path: what a loader must multiply B·A by */
  scales: Record<string, number>;
  base: { path: string; hash: string };
  /** optimiser steps behind these weights */
  step: number;
}

/** What is written: the trained tensors by PEFT's keys. */
export interface TrainedAdapter {
  base: ModelConfig;
  adapter: TensorFile;
  /** PiSSA's A and B as they were taken out of the base */
  taken?: TensorFile | null;
}

/** Writes an adapter as Hugging Face PEFT does (0.21: adapter_config.json and adapter_model.safetensors), and ranksweep.json. */
export async function saveAdapter(
  folder: string,
  { base, adapter, taken = null }: TrainedAdapter,
  provenance: AdapterProvenance,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { lora } = provenance.config;
  const weights = toStored(base, taken ? relativeToBase(adapter, taken) : adapter);
  await writeSafetensors(join(folder, PEFT_WEIGHTS), weights);
  const settings = taken ? withDoubledRank(lora) : lora;
  await writeJson(join(folder, PEFT_CONFIG), peftConfig(settings, base, adapter, provenance.base.path));
  await writeJson(join(folder, PROVENANCE), provenance);
}

function peftConfig(lora: LoraSettings, { architecture }: ModelConfig, adapter: TensorFile, base: string) {
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base,
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    use_rslora: lora.useRslora,
    use_dora: lora.useDora,
    rank_pattern: lora.rankPattern,
    alpha_pattern: lora.alphaPattern,
    target_modules: lora.targetModules === 'all-linear' ? lastNames(adapter) : lora.targetModules,
    modules_to_save: lora.modulesToSave.length > 0 ? lora.modulesToSave : null,
    bias: lora.bias,
    // GPT-2's linear layers are Conv1D: [in,out].
    fan_in_fan_out: architecture === 'GPT2LMHeadModel',
    init_lora_weights: true,
    inference_mode: true,
  };
}

const lastNames = (adapter: TensorFile) => [
  ...new Set(modulesOf(adapter.keys()).map((module) => module.split('.').at(-1)!)),
];

/** Twice the rank at the same scale: alpha/r, or alpha/√r. */
function withDoubledRank(lora: LoraSettings): LoraSettings {
  const factor = lora.useRslora ? Math.SQRT2 : 2;
  const times = (map: Record<string, number>, by: number) =>
    Object.fromEntries(Object.entries(map).map(([key, value]) => [key, value * by]));
  const [rankPattern, alphaPattern] = [times(lora.rankPattern, 2), times(lora.alphaPattern, factor)];
  return { ...lora, rank: 2 * lora.rank, alpha: lora.alpha * factor, rankPattern, alphaPattern };
}

const writeJson = (path: string, value: unknown) => writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
