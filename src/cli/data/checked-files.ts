import { basename, resolve } from 'node:path';
import type { CheckedFile } from '../../data/quality/check-data.js';

const EVALUATION =
  /(^|[^a-z])(valid|validation|val|eval|evaluation|test|dev|heldout|holdout|held-out|in-domain|out-of-domain|base-capability)([^a-z]|$)/i;

/** Each file once, with its part: evaluation if it is named as that, by the option or, among several, by its own name. */
export function checkedFiles(files: string[], evaluation: string[]): CheckedFile[] {
  const parts = new Map<string, CheckedFile>();
  for (const path of evaluation) parts.set(resolve(path), { path, isEvaluation: true });
  const training = new Map<string, CheckedFile>();
  for (const path of files) {
    if (parts.has(resolve(path))) continue;
    const isEvaluation = files.length > 1 && EVALUATION.test(basename(path));
    training.set(resolve(path), { path, isEvaluation });
  }
  return [...training.values(), ...parts.values()];
}
