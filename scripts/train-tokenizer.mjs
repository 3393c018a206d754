/**
 * Trains the tokenizer of models/nano on the pretraining corpus and writes it in Hugging Face's format:
 * `node scripts/train-tokenizer.mjs [FOLDER]`. Deterministic; the digits are tokens of their own.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { corpusDocuments } from './make-corpus.mjs';
import { FIRST_MERGE_ID, trainMerges } from './train-tokenizer-bpe.mjs';

const VOCABULARY_SIZE = 1024;
const CONTEXT_LENGTH = 256;
const END_OF_TEXT = '<|endoftext|>';
/** GPT-2's pattern, with a digit at a time. Read the same by Oniguruma (Python) and by JavaScript. */
export const PATTERN = String.raw`'(?:s|t|re|ve|m|ll|d)| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** GPT-2's printable stand-in for each byte (bytes_to_unicode of its encoder.py): byte value → character. */
export function byteAlphabet() {
  const printable = (byte) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

/** The text of every id but the special one's: bytes, then merges. */
function tokenTexts(merges) {
  const texts = [END_OF_TEXT, ...byteAlphabet()];
  for (const [left, right] of merges) texts.push(texts[left] + texts[right]);
  return texts;
}

const split = { type: 'Split', pattern: { Regex: PATTERN }, behavior: 'Isolated', invert: false };
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
const specialToken = {
  id: 0,
  content: END_OF_TEXT,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
};

/** tokenizer.json of the merges. */
export function tokenizerJson(merges) {
  const texts = tokenTexts(merges);
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [specialToken],
    normalizer: null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [split, byteLevel] },
    post_processor: null,
    decoder: { ...byteLevel, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(texts.map((text, id) => [text, id])),
      merges: merges.map(([left, right]) => [texts[left], texts[right]]),
    },
  };
}

const tokenizerConfig = {
  tokenizer_class: 'PreTrainedTokenizerFast',
  bos_token: null,
  eos_token: END_OF_TEXT,
  pad_token: END_OF_TEXT,
  unk_token: null,
  clean_up_tokenization_spaces: false,
  model_max_length: CONTEXT_LENGTH,
};

const writeJson = (folder, name, value) =>
  writeFileSync(join(folder, name), `${JSON.stringify(value, null, 1)}\n`);

function main(folder) {
  const merges = trainMerges(corpusDocuments(), new RegExp(PATTERN, 'gu'), VOCABULARY_SIZE - FIRST_MERGE_ID);
  mkdirSync(folder, { recursive: true });
  writeJson(folder, 'tokenizer.json', tokenizerJson(merges));
  writeJson(folder, 'tokenizer_config.json', tokenizerConfig);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv[2] ?? 'models/nano');
