import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunConfig } from '../core/run-config.js';
import { type LoraSettings, loraScale } from './lora.js';
import { type TensorFile, writeSafetensors } from './safetensors.js';

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

/**
 * Writes an adapter as Hugging Face PEFT does (0.21: adapter_config.json and adapter_model.safetensors), and ranksweep.json.
 * @param adapter matrices by PEFT's keys
 */
export async function saveAdapter(
  folder: string,
  adapter: TensorFile,
  provenance: AdapterProvenance,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { config, base } = provenance;
  await writeSafetensors(join(folder, PEFT_WEIGHTS), adapter);
  await writeJson(join(folder, PEFT_CONFIG), peftConfig(config.lora, adapter, base.path));
  await writeJson(join(folder, PROVENANCE), provenance);
}

function peftConfig(lora: LoraSettings, adapter: TensorFile, base: string) {
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base,
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    use_rslora: lora.useRslora,
    target_modules: [...new Set(modulesOf(adapter).map((module) => module.split('.').at(-1)!))],
    bias: 'none',
    // GPT-2's linear layers are Conv1D: [in,out].
    fan_in_fan_out: modulesOf(adapter).some((module) => module.startsWith('transformer.h.')),
    init_lora_weights: true,
    inference_mode: true,
  };
}

/** Paths of the modules that have matrices. */
export function modulesOf(adapter: TensorFile): string[] {
  const paths = [...adapter.keys()].map((key) =>
    key.replace(/^base_model\.model\./, '').replace(/\.lora_[AB]\.weight$/, ''),
  );
  return [...new Set(paths)];
}

export function scalesOf(lora: LoraSettings, adapter: TensorFile): Record<string, number> {
  return Object.fromEntries(modulesOf(adapter).map((module) => [module, loraScale(lora)]));
}

const writeJson = (path: string, value: unknown) => writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
