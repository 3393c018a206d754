import type { Problem } from '../core/errors.js';
import { type Json, shown } from './config-values.js';
import type { Architecture, ModelConfig } from './model-config.js';

// Layers of Mistral and Qwen that see only the last tokens. Not built here, but up to the window's length they see all there are.

const WINDOWED = 'sliding_attention';
const TYPES = ['full_attention', WINDOWED];

/** Llama has no such thing, whatever its config.json says; Qwen's is off unless it is switched on. */
export function hasWindow(json: Json, architecture: Architecture): boolean {
  if (architecture === 'MistralForCausalLM') return json.sliding_window !== null;
  if (architecture === 'LlamaForCausalLM') return false;
  return json.use_sliding_window === true && json.sliding_window !== null;
}

export function layerTypeProblems(json: Json, architecture: Architecture): Problem[] {
  const types = json.layer_types as unknown[] | null | undefined;
  if (types == null || architecture === 'LlamaForCausalLM') return [];
  const isKnown = Array.isArray(types) && types.every((type) => TYPES.includes(type as string));
  const windowed = isKnown && types.includes(WINDOWED);
  if (isKnown && !(windowed && !hasWindow(json, architecture))) return [];
  const allowed = isKnown ? '"full_attention" only without use_sliding_window' : TYPES.join(' or ');
  return [{ field: 'layer_types', message: `found ${shown(types)}, expected ${allowed}` }];
}

/** Of a config without problems. */
export function slidingWindow(json: Json, architecture: Architecture): ModelConfig['slidingWindow'] {
  if (!hasWindow(json, architecture)) return null;
  const isWindowed = windowedLayers(json, architecture);
  const all = Array.from({ length: json.num_hidden_layers as number }, (_, layer) => layer);
  const layers = all.filter(isWindowed);
  return layers.length === 0 ? null : { size: (json.sliding_window as number | undefined) ?? 4096, layers };
}

function windowedLayers(json: Json, architecture: Architecture): (layer: number) => boolean {
  const types = json.layer_types as string[] | null | undefined;
  if (architecture === 'MistralForCausalLM') return () => true;
  if (types) return (layer) => types[layer] === WINDOWED;
  return (layer) => layer >= ((json.max_window_layers as number | undefined) ?? 28);
}

/** What transformers reads back as this window. */
export function writeWindow({ architecture, slidingWindow: window, layers }: ModelConfig): Json {
  if (architecture === 'MistralForCausalLM') return { sliding_window: window?.size ?? null };
  if (window === null) return {};
  const types = Array.from({ length: layers }, (_, layer) =>
    window.layers.includes(layer) ? WINDOWED : 'full_attention',
  );
  return { use_sliding_window: true, sliding_window: window.size, layer_types: types };
}
