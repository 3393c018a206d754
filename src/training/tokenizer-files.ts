import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, RanksweepError } from '../core/errors.js';
import { whyUnreadable } from '../core/unreadable.js';
import { isGguf } from './gguf/gguf-model.js';
import { readGgufTokenizer, type TokenizerFiles } from './gguf/gguf-tokenizer.js';

export const TOKENIZER = 'tokenizer.json';
export const TOKENIZER_CONFIG = 'tokenizer_config.json';
/** transformers 5 writes the template here, and prefers it to the config's. */
export const CHAT_TEMPLATE = 'chat_template.jinja';

/**
 * tokenizer.json and tokenizer_config.json of a folder, with its chat template in the latter; or what a GGUF file has of them.
 * @throws RanksweepError NOT_FOUND or INVALID_INPUT
 */
export async function readTokenizerFiles(model: string): Promise<TokenizerFiles> {
  if (isGguf(model)) return readGgufTokenizer(model);
  const [tokenizer, config, template] = await Promise.all([
    readJson(join(model, TOKENIZER)),
    readJson(join(model, TOKENIZER_CONFIG)),
    readFile(join(model, CHAT_TEMPLATE), 'utf8').catch(() => null),
  ]);
  return { model: tokenizer, config: template === null ? config : { ...config, chat_template: template } };
}

/** The template of a config, which may hold several by name: then the one named default. */
export function chatTemplateOf(config: Record<string, unknown>): string | null {
  const found = config.chat_template;
  if (!Array.isArray(found)) return typeof found === 'string' ? found : null;
  const named = found.find((one) => one?.name === 'default')?.template;
  return typeof named === 'string' ? named : null;
}

/** The named tokens of a config, each a text or an object with its content: bos_token, eos_token, unk_token … */
export function namedTokens(config: Record<string, unknown>): Record<string, string> {
  const contentOf = (token: unknown) => (token as { content?: unknown } | null)?.content ?? token;
  const named = Object.entries(config).filter(([key]) => /^[a-z]+_token$/.test(key));
  const contents = named.map(([key, token]) => [key, contentOf(token)]);
  return Object.fromEntries(contents.filter(([, content]) => typeof content === 'string'));
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw tokenizerProblem('NOT_FOUND', path, `cannot be read: ${whyUnreadable(cause)}`);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw tokenizerProblem('INVALID_INPUT', path, `not JSON: ${messageOf(cause)}`);
  }
}

export const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));

export const tokenizerProblem = (code: ErrorCode, path: string, message: string) =>
  new RanksweepError(code, `tokenizer: ${path}: ${message}`, [
    { field: 'model', message: `${path}: ${message}` },
  ]);
