// What PEFT calls an adapter's tensors in a file.

const PREFIX = 'base_model.model.';

/** [r,in] */
export const keyOfA = (module: string) => `${PREFIX}${module}.lora_A.weight`;
/** [out,r] */
export const keyOfB = (module: string) => `${PREFIX}${module}.lora_B.weight`;
/** DoRA's length of each output, [out] */
export const keyOfMagnitude = (module: string) => `${PREFIX}${module}.lora_magnitude_vector`;
/** the weight of the base that PEFT writes beside an adapter of the head or the embedding */
export const keyOfBaseCopy = (module: string) => `${PREFIX}${module}.base_layer.weight`;
/** a tensor of the base that the adapter replaces (modules_to_save) */
export const keyOfSaved = (name: string) => `${PREFIX}${name}`;

/** The base's name of a saved tensor; null for what is no such tensor. */
export function savedName(key: string): string | null {
  return /\.lora_([AB]\.weight|magnitude_vector)$/.test(key) ? null : key.slice(PREFIX.length);
}

/** Paths of the modules that have matrices. */
export function modulesOf(keys: Iterable<string>): string[] {
  return [...keys].flatMap((key) =>
    key.endsWith('.lora_A.weight') ? [key.slice(PREFIX.length, -'.lora_A.weight'.length)] : [],
  );
}
