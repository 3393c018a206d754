import type { Message } from '../data/chat-record.js';
import type { Sequence } from './sequences.js';
import type { Tokenizer } from './tokenizer.js';

/**
 * A conversation as tokens, by the model's own template. The assistant's turns are predicted, each with the token that ends it
 * (TRL's assistant_only_loss).
 * @throws Error for a model without a template, or with the template's own words
 */
export function chatSequence(messages: readonly Message[], tokenizer: Tokenizer): Sequence {
  if (!tokenizer.chatTemplate) {
    throw new Error(
      'found messages, but the model has no chat_template in its tokenizer_config.json: expected prompt and completion',
    );
  }
  const { text, replies } = tokenizer.chatTemplate.render(messages);
  const ids = tokenizer.encode(text);
  const parts = replies.map((reply) => toTokens(reply, text, ids, tokenizer));
  const written = messages.filter(({ role }) => role === 'assistant');
  const bytes = written.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  // Nothing comes before the first token to predict it from.
  const predicted = parts.map(([begin, end]) => [Math.max(begin, 1), end] as const);
  return { ids, from: predicted[0]?.[0] ?? ids.length, parts: predicted, bytes };
}

/** The tokens that a range of characters touches: [begin, end). */
function toTokens(
  [begin, end]: [number, number],
  text: string,
  ids: number[],
  tokenizer: Tokenizer,
): [number, number] {
  const before = tokensWithin(text.slice(0, begin), ids, tokenizer);
  const until = tokensWithin(text.slice(0, end), ids, tokenizer);
  return [before.count, until.isWhole ? until.count : until.count + 1];
}

/** How many of the text's tokens lie within its beginning, and whether the next one starts where that ends. */
function tokensWithin(beginning: string, ids: number[], tokenizer: Tokenizer) {
  const own = tokenizer.encode(beginning);
  const differs = own.findIndex((id, i) => id !== ids[i]);
  return { count: differs < 0 ? own.length : differs, isWhole: differs < 0 };
}
