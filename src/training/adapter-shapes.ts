import type { Problem } from '../core/errors.js';
import { type AdapterSettings, adaptedEmbeddings, adaptedModules, moduleOf } from './adapted-modules.js';
import {
  keyOfA,
  keyOfB,
  keyOfBaseCopy,
  keyOfBiasOfB,
  keyOfEmbeddingA,
  keyOfEmbeddingB,
  keyOfMagnitude,
  keyOfSaved,
  keyOfTokenRows,
} from './adapter-keys.js';
import { tensorNames } from './layout.js';
import type { ModelConfig } from './model-config.js';
import type { TensorFile } from './safetensors.js';

/** Every tensor that an adapter's file must have, by its key. @param replaced tensors of the base by their names there */
export function expectedShapes(
  lora: AdapterSettings,
  base: ModelConfig,
  replaced: Map<string, number[]>,
): Map<string, number[]> {
  const expected = new Map([...replaced].map(([name, shape]) => [keyOfSaved(name), shape]));
  for (const [module, { rank, shape }] of adaptedModules(lora, base)) {
    const [out, wide] = shape;
    expected.set(keyOfA(module), [rank, wide]);
    expected.set(keyOfB(module), [out, rank]);
    if (lora.useDora) expected.set(keyOfMagnitude(module), [out]);
    if (lora.loraBias) expected.set(keyOfBiasOfB(module), [out]);
  }
  for (const [module, { rank, shape }] of adaptedEmbeddings(lora, base)) {
    const [rows, wide] = shape;
    expected.set(keyOfEmbeddingA(module), [rank, rows]);
    expected.set(keyOfEmbeddingB(module), [wide, rank]);
  }
  const table = moduleOf(tensorNames(base).embedding);
  if (lora.tokenRows.length > 0)
    expected.set(keyOfTokenRows(table), [lora.tokenRows.length, base.hiddenSize]);
  return expected;
}

/** @param copies modules beside whose matrices PEFT may write the base's own weight */
export function weightProblems(
  weights: TensorFile,
  expected: Map<string, number[]>,
  copies: Iterable<string>,
): Problem[] {
  const allowed = new Set([...expected.keys(), ...[...copies].map(keyOfBaseCopy)]);
  const foreign = [...weights.keys()].filter((name) => !allowed.has(name));
  return [
    ...foreign.map((field) => ({ field, message: 'not a matrix of this base and config' })),
    ...[...expected].flatMap(([field, shape]) => matrixProblems(field, shape, weights)),
  ];
}

function matrixProblems(field: string, expected: number[], weights: TensorFile): Problem[] {
  const found = weights.get(field);
  if (!found) return [{ field, message: `missing, expected shape [${expected}]` }];
  if (`${found.shape}` !== `${expected}`) {
    return [{ field, message: `found shape [${found.shape}], expected [${expected}]` }];
  }
  const bad = found.values.find((value) => !Number.isFinite(value));
  return bad === undefined ? [] : [{ field, message: `found ${bad}, expected finite numbers` }];
}
