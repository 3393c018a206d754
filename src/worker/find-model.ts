import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hashCheckpoint } from '../training/checkpoint.js';

/** The first of the folders that holds the model with this hash (over config, tokenizer and weights); null if none does. */
export async function findModel(folders: readonly string[], hash: string): Promise<string | null> {
  for (const folder of folders) {
    if (existsSync(witness(folder)) && (await hashCheckpoint(folder)) === hash) return folder;
  }
  return null;
}

/** What is there if a model is: its config, or the GGUF file itself. */
const witness = (path: string) => (path.endsWith('.gguf') ? path : join(path, 'config.json'));
