// What PEFT calls an adapter's tensors in a file.

const PREFIX = 'base_model.model.';

/** [r,in] */
export const keyOfA = (module: string) => `${PREFIX}${module}.lora_A.weight`;
/** [out,r] */
export const keyOfB = (module: string) => `${PREFIX}${module}.lora_B.weight`;
/** lora_bias: what B·A·x has added to it before it is scaled, [out] */
export const keyOfBiasOfB = (module: string) => `${PREFIX}${module}.lora_B.bias`;
/** of an embedding, [r,V] and [D,r] */
export const keyOfEmbeddingA = (module: string) => `${PREFIX}${module}.lora_embedding_A`;
export const keyOfEmbeddingB = (module: string) => `${PREFIX}${module}.lora_embedding_B`;
/** trainable_token_indices: the new rows of an embedding, [n,D] */
export const keyOfTokenRows = (module: string) => `${PREFIX}${module}.token_adapter.trainable_tokens_delta`;
/** DoRA's length of each output, [out] */
export const keyOfMagnitude = (module: string) => `${PREFIX}${module}.lora_magnitude_vector`;
/** the weight of the base that PEFT writes beside an adapter of the head or the embedding */
export const keyOfBaseCopy = (module: string) => `${PREFIX}${module}.base_layer.weight`;
/** a tensor of the base that the adapter replaces (modules_to_save) */
export const keyOfSaved = (name: string) => `${PREFIX}${name}`;

/** A bias that was trained (bias: all, lora_only) lies in its module's base layer where that is adapted: here under one name. */
export const withoutBaseLayer = (key: string) => key.replace(/\.base_layer\.bias$/, '.bias');

/** Paths of the modules that have matrices. */
export function modulesOf(keys: Iterable<string>): string[] {
  return [...keys].flatMap((key) =>
    key.endsWith('.lora_A.weight') ? [key.slice(PREFIX.length, -'.lora_A.weight'.length)] : [],
  );
}
