import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { type ErrorCode, RanksweepError } from '../core/errors.js';
import { isGguf } from './gguf/gguf-model.js';
import { readGgufTokenizer } from './gguf/gguf-tokenizer.js';

export interface Tokenizer {
  /** Token ids of a text; nothing is added before or after it. */
  encode(text: string): number[];
  /** The text of token ids, special tokens included, white space as it is: decode(encode(text)) is text. */
  decode(ids: readonly number[]): string;
  /** id of the token that ends a document */
  endOfText: number;
  /** number of ids: every id is smaller */
  vocabularySize: number;
}

/**
 * The tokenizer of a Hugging Face checkpoint (tokenizer.json, and the name of its end token from tokenizer_config.json) or of a GGUF
 * file.
 * @throws RanksweepError NOT_FOUND for a missing file, INVALID_INPUT for one that cannot be read
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  if (isGguf(folder)) {
    const { model, config } = await readGgufTokenizer(folder);
    return wrap(construct(model, config, folder), config, folder);
  }
  const [model, config] = await Promise.all([
    readJson(join(folder, 'tokenizer.json')),
    readJson(join(folder, 'tokenizer_config.json')),
  ]);
  return wrap(construct(model, config, folder), config, folder);
}

function wrap(tokenizer: HuggingFaceTokenizer, config: JsonObject, folder: string): Tokenizer {
  return {
    encode: (text) => (text === '' ? [] : tokenizer.encode(text, { add_special_tokens: false }).ids),
    decode: (ids) =>
      ids.length === 0 ? '' : tokenizer.decode([...ids], { clean_up_tokenization_spaces: false }),
    endOfText: endOfTextId(tokenizer, config, folder),
    vocabularySize: tokenizer.model!.vocab.length,
  };
}

function construct(model: JsonObject, config: JsonObject, folder: string): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(model, config);
  } catch (cause) {
    throw problem('INVALID_INPUT', join(folder, 'tokenizer.json'), `not a tokenizer: ${messageOf(cause)}`);
  }
}

function endOfTextId(tokenizer: HuggingFaceTokenizer, config: JsonObject, folder: string): number {
  const named = config.eos_token;
  const token = typeof named === 'object' && named !== null ? (named as JsonObject).content : named;
  const id = typeof token === 'string' ? tokenizer.token_to_id(token) : undefined;
  if (id !== undefined) return id;
  const found = `eos_token: found ${JSON.stringify(named)}, expected a token of tokenizer.json`;
  throw problem('INVALID_INPUT', join(folder, 'tokenizer_config.json'), found);
}

type JsonObject = Record<string, unknown>;

async function readJson(path: string): Promise<JsonObject> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw problem('NOT_FOUND', path, `cannot be read: ${messageOf(cause)}`);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw problem('INVALID_INPUT', path, `not JSON: ${messageOf(cause)}`);
  }
}

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));

const problem = (code: ErrorCode, path: string, message: string) =>
  new RanksweepError(code, `tokenizer: ${path}: ${message}`, [
    { field: 'model', message: `${path}: ${message}` },
  ]);
