import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { type ChatTemplate, createChatTemplate } from './chat-template.js';
import {
  chatTemplateOf,
  messageOf,
  namedTokens,
  readTokenizerFiles,
  TOKENIZER,
  TOKENIZER_CONFIG,
  tokenizerProblem,
} from './tokenizer-files.js';

export interface Tokenizer {
  /** Token ids of a text; nothing is added before or after it. */
  encode(text: string): number[];
  /** The text of token ids, special tokens included, white space as it is: decode(encode(text)) is text. */
  decode(ids: readonly number[]): string;
  /** ids that the tokenizer puts before every text: Llama's begin-of-text; empty for most */
  beginning: readonly number[];
  /** id of the token that ends a document */
  endOfText: number;
  /** null for a model that is not made for chats */
  chatTemplate: ChatTemplate | null;
  /** number of ids: every id is smaller */
  vocabularySize: number;
}

type JsonObject = Record<string, unknown>;

/**
 * The tokenizer of a Hugging Face checkpoint (tokenizer.json, and the names of its tokens and the chat template from
 * tokenizer_config.json or chat_template.jinja) or of a GGUF file.
 * @throws RanksweepError NOT_FOUND for a missing file, INVALID_INPUT for one that cannot be read
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const { model, config } = await readTokenizerFiles(folder);
  const tokenizer = construct(model, config, folder);
  return {
    encode: (text) => encode(tokenizer, text),
    decode: (ids) =>
      ids.length === 0 ? '' : tokenizer.decode([...ids], { clean_up_tokenization_spaces: false }),
    beginning: beginningOf(tokenizer),
    endOfText: endOfTextId(tokenizer, config, folder),
    chatTemplate: chatTemplate(tokenizer, config, folder),
    vocabularySize: tokenizer.model!.vocab.length,
  };
}

function encode(tokenizer: HuggingFaceTokenizer, text: string, add_special_tokens = false): number[] {
  return text === '' ? [] : tokenizer.encode(text, { add_special_tokens }).ids;
}

/** What comes before a text's own tokens when special tokens are added. */
function beginningOf(tokenizer: HuggingFaceTokenizer): number[] {
  const [whole, own] = [encode(tokenizer, 'a', true), encode(tokenizer, 'a')];
  const at = whole.findIndex((_, i) => own.every((id, k) => whole[i + k] === id));
  return whole.slice(0, Math.max(at, 0));
}

function construct(model: JsonObject, config: JsonObject, folder: string): HuggingFaceTokenizer {
  const added = (model.added_tokens ?? []) as { content: string; single_word?: boolean }[];
  const single = added.find((token) => token.single_word === true);
  if (single) {
    const found = `added_tokens: found single_word for ${JSON.stringify(single.content)}, which is not supported`;
    throw tokenizerProblem('INVALID_INPUT', join(folder, TOKENIZER), found);
  }
  try {
    return new HuggingFaceTokenizer(model, config);
  } catch (cause) {
    throw tokenizerProblem('INVALID_INPUT', join(folder, TOKENIZER), `not a tokenizer: ${messageOf(cause)}`);
  }
}

function endOfTextId(tokenizer: HuggingFaceTokenizer, config: JsonObject, folder: string): number {
  const token = namedTokens(config).eos_token;
  const id = token === undefined ? undefined : tokenizer.token_to_id(token);
  if (id !== undefined) return id;
  const found = `eos_token: found ${JSON.stringify(config.eos_token)}, expected a token of tokenizer.json`;
  throw tokenizerProblem('INVALID_INPUT', join(folder, TOKENIZER_CONFIG), found);
}

/** A template that cannot be read is a problem of the runs that need it. */
function chatTemplate(
  tokenizer: HuggingFaceTokenizer,
  config: JsonObject,
  folder: string,
): ChatTemplate | null {
  const source = chatTemplateOf(config);
  if (source === null) return null;
  const special = [...tokenizer.get_added_tokens_decoder().values()].filter((token) => token.special);
  const tokens = { named: namedTokens(config), all: special.map(({ content }) => content) };
  try {
    return createChatTemplate(source, tokens);
  } catch (cause) {
    const message = `${folder}: the chat template cannot be read: ${messageOf(cause)}`;
    return {
      render() {
        throw new Error(message);
      },
    };
  }
}
