import type { ModelConfig } from './model-config.js';
import type { TensorFile } from './safetensors.js';

/** How the optimiser treats one parameter. */
export interface ParameterGroup {
  /** the learning rate is multiplied by this */
  rateFactor: number;
  /** whether its weight decays */
  decays: boolean;
}

export type GroupOf = (name: string) => ParameterGroup;

export const ONE_GROUP: GroupOf = () => ({ rateFactor: 1, decays: true });

/**
 * LoRA+ (Hayou et al. 2024, arXiv 2402.12354) as peft.optimizers.create_loraplus_optimizer groups parameters: B and everything with one
 * axis learn `ratio` times as fast; of the latter biases and LayerNorm's weights (not RMSNorm's) do not decay.
 */
export function loraPlusGroups(
  ratio: number,
  parameters: TensorFile,
  { architecture }: ModelConfig,
): GroupOf {
  const hasLayerNorm = architecture === 'GPT2LMHeadModel';
  return (name) => {
    const hasOneAxis = parameters.get(name)!.shape.length === 1;
    const isFast = hasOneAxis || name.includes('lora_B');
    const isNorm = hasLayerNorm && /\.ln_\w+\.weight$/.test(name);
    return { rateFactor: isFast ? ratio : 1, decays: !(hasOneAxis && (isNorm || name.includes('bias'))) };
  };
}
