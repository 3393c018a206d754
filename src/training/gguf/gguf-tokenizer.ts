import { RanksweepError } from '../../core/errors.js';
import { readGguf } from './gguf-file.js';
import { mergesOf, sentencePieceParts } from './gguf-sentencepiece.js';

// tokenizer.json and tokenizer_config.json from a GGUF file's metadata, for byte-level BPE and for SentencePiece's.

type Json = Record<string, unknown>;

export interface TokenizerFiles {
  /** tokenizer.json */
  model: Json;
  /** tokenizer_config.json */
  config: Json;
}

const byteLevel = (useRegex: boolean) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});
const split = (regex: string) => ({
  type: 'Split',
  pattern: { Regex: regex },
  behavior: 'Isolated',
  invert: false,
});
const sequence = (...pretokenizers: Json[]) => ({ type: 'Sequence', pretokenizers });

const WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}";
const REST = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** How text is cut before the merges, by llama.cpp's names (src/llama-vocab.cpp). */
const PRE_TOKENIZERS: Record<string, { pre: Json; nfc?: boolean; ignoreMerges?: boolean }> = {
  'gpt-2': { pre: byteLevel(true) },
  smollm: { pre: sequence({ type: 'Digits', individual_digits: true }, byteLevel(true)) },
  'llama-bpe': { pre: sequence(split(`${WORDS}{1,3}${REST}`), byteLevel(false)), ignoreMerges: true },
  qwen2: { pre: sequence(split(`${WORDS}${REST}`), byteLevel(false)), nfc: true },
};
const [UNKNOWN, CONTROL, USER_DEFINED] = [2, 3, 4];

/** @throws RanksweepError NOT_FOUND, or INVALID_INPUT naming a kind of tokenizer that is not built here */
export async function readGgufTokenizer(path: string): Promise<TokenizerFiles> {
  const { metadata } = await readGguf(path);
  const get = (key: string) => metadata.get(`tokenizer.ggml.${key}`);
  const refuse = (key: string, expected: string) => {
    const message = `tokenizer.ggml.${key}: found ${JSON.stringify(get(key)) ?? 'nothing'}, expected ${expected}`;
    return new RanksweepError('INVALID_INPUT', `${path}: ${message}`, [{ field: 'model', message }]);
  };
  const isSentencePiece = get('model') === 'llama';
  if (!isSentencePiece && get('model') !== 'gpt2')
    throw refuse('model', '"gpt2" (byte-level BPE) or "llama" (SentencePiece)');
  if (!isSentencePiece && !PRE_TOKENIZERS[preOf(get)])
    throw refuse('pre', Object.keys(PRE_TOKENIZERS).join(', '));
  const tokens = get('tokens') as string[];
  const named = namedTokens(get, tokens);
  if (named.eos_token === undefined) throw refuse('eos_token_id', 'the id of a token');
  const model = isSentencePiece ? sentencePiece(get, tokens, named.unk_token) : byteLevelBpe(get, tokens);
  // Older files do not say: llama.cpp begins texts of SentencePiece then, and no others.
  const begins = (get('add_bos_token') ?? isSentencePiece) === true;
  const processor = begins ? beginsWith(named.bos_token, tokens) : null;
  const config = { ...named, clean_up_tokenization_spaces: false, ...template(metadata) };
  return { model: { ...model, post_processor: processor }, config };
}

type Get = (key: string) => unknown;

const preOf = (get: Get) => String(get('pre') ?? 'gpt-2');

function sentencePiece(get: Get, tokens: string[], unknown: string | undefined): Json {
  const merges = mergesOf(tokens, get('scores') as number[]);
  const options = { byte_fallback: true, fuse_unk: true, unk_token: unknown ?? null };
  return modelOf(tokens, merges, typesOf(get), {
    ...sentencePieceParts(get('add_space_prefix') !== false),
    ...{ bpe: options },
  });
}

function byteLevelBpe(get: Get, tokens: string[]): Json {
  const { pre, nfc = false, ignoreMerges = false } = PRE_TOKENIZERS[preOf(get)]!;
  const merges = (get('merges') as string[]).map((merge) => merge.split(' '));
  return modelOf(tokens, merges, typesOf(get), {
    normalizer: nfc ? { type: 'NFC' } : null,
    pre_tokenizer: pre,
    decoder: byteLevel(true),
    bpe: { byte_fallback: false, fuse_unk: false, unk_token: null, ignore_merges: ignoreMerges },
  });
}

const typesOf = (get: Get) => (get('token_type') as number[] | undefined) ?? [];

const NAMED = { bos_token: 'bos', eos_token: 'eos', unk_token: 'unknown', pad_token: 'padding' };

function namedTokens(get: (key: string) => unknown, tokens: string[]): Record<string, string> {
  const found = Object.entries(NAMED).map(([name, key]) => [name, tokens[get(`${key}_token_id`) as number]]);
  return Object.fromEntries(found.filter(([, token]) => token !== undefined));
}

/** A post_processor that puts a token before every text. */
function beginsWith(token: string | undefined, tokens: string[]): Json | null {
  if (token === undefined) return null;
  const single = [{ SpecialToken: { id: token, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }];
  const special_tokens = { [token]: { id: token, ids: [tokens.indexOf(token)], tokens: [token] } };
  return { type: 'TemplateProcessing', single, pair: single, special_tokens };
}

function template(metadata: Map<string, unknown>): Json {
  const chat = metadata.get('tokenizer.chat_template');
  return chat === undefined ? {} : { chat_template: chat };
}

function modelOf(
  tokens: string[],
  merges: string[][],
  types: number[],
  { bpe, ...parts }: Json & { bpe: Json },
): Json {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokens.flatMap((content, id) => addedToken(content, id, types[id])),
    ...parts,
    post_processor: null,
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
      ignore_merges: false,
      ...bpe,
      dropout: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
    },
  };
}

function addedToken(content: string, id: number, type: number | undefined): Json[] {
  if (type !== CONTROL && type !== USER_DEFINED && type !== UNKNOWN) return [];
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return [{ id, content, ...plain, special: type !== USER_DEFINED }];
}
