import { RanksweepError } from '../core/errors.js';
import type { ChatExample, CompletionExample } from '../data/example-record.js';
import type { Example } from '../data/examples.js';
import { chatSequence } from './chat-sequence.js';
import type { Tokenizer } from './tokenizer.js';

/** Tokens to learn from: token i+1 is predicted from tokens 0…i, for i+1 from `from` on, or in `parts`. */
export interface Sequence {
  ids: number[];
  /** index of the first predicted token, at least 1 */
  from: number;
  /** ranges [from, to) of the predicted tokens, where they are not all from the first on */
  parts?: readonly (readonly [number, number])[];
  /** UTF-8 bytes of the predicted text */
  bytes: number;
}

export interface SequenceOptions {
  tokenizer: Tokenizer;
  /** most tokens that the model is given at once */
  sequenceLength: number;
  /** the config's field that named the data, for errors */
  field: string;
  path: string;
  /** most tokens that the model can be given, where answers are written */
  contextLength?: number;
}

/** How many tokens of a sequence are predicted. */
export function predictedCount({ ids, from, parts }: Sequence): number {
  return parts ? parts.reduce((sum, [begin, end]) => sum + end - begin, 0) : ids.length - from;
}

/** Whether the token at a place is predicted. */
export function isPredicted({ from, parts }: Sequence, at: number): boolean {
  return parts ? parts.some(([begin, end]) => at >= begin && at < end) : at >= from;
}

/**
 * Examples as tokens. With a prompt: prompt, completion and the end-of-text token, of which the completion and the end are
 * predicted. Without one: all tokens but the first; text longer than the sequence length is cut into pieces that share one token,
 * so that every token is still predicted once. A chat: as the model's own template renders it, of which the assistant's turns are
 * predicted. What the tokenizer puts before every text (Llama's begin-of-text) is put before all but chats, whose template does it.
 * @throws RanksweepError INVALID_INPUT if an example with a prompt does not fit, or if nothing can be predicted
 */
export function toSequences(examples: Example[], options: SequenceOptions): Sequence[] {
  return sequencesOfEach(examples, options).flat();
}

/** The same by example; a text of less than two tokens has none. @throws RanksweepError as toSequences */
export function sequencesOfEach(examples: Example[], options: SequenceOptions): Sequence[][] {
  const each = examples.map((example, i) => sequencesOf(example, i, options));
  const sequences = each.flat();
  checkLengths(sequences, options);
  if (sequences.length > 0) return each;
  throw problem(options, 'found no example of at least two tokens, expected one or more');
}

function sequencesOf(example: Example, index: number, options: SequenceOptions): Sequence[] {
  if ('messages' in example) return [readChat(example, index, options)];
  if (example.prompt !== '') return [promptSequence(example, options.tokenizer)];
  return textSequences(example.completion, options);
}

function readChat({ messages }: ChatExample, index: number, options: SequenceOptions): Sequence {
  try {
    return chatSequence(messages, options.tokenizer);
  } catch (cause) {
    throw problem(options, `chat ${index + 1}: ${(cause as Error).message}`);
  }
}

function promptSequence({ prompt, completion }: CompletionExample, tokenizer: Tokenizer): Sequence {
  const start = [...tokenizer.beginning, ...tokenizer.encode(prompt)];
  const ids = [...start, ...tokenizer.encode(completion), tokenizer.endOfText];
  return { ids, from: Math.max(1, start.length), bytes: Buffer.byteLength(completion) };
}

function textSequences(text: string, { tokenizer, sequenceLength }: SequenceOptions): Sequence[] {
  const ids = [...tokenizer.beginning, ...tokenizer.encode(text)];
  const pieces: Sequence[] = [];
  for (let at = 0; at < ids.length - 1; at += sequenceLength) {
    const piece = ids.slice(at, at + sequenceLength + 1);
    pieces.push({ ids: piece, from: 1, bytes: Buffer.byteLength(tokenizer.decode(piece.slice(1))) });
  }
  return pieces;
}

function checkLengths(sequences: Sequence[], options: SequenceOptions): void {
  const tooLong = sequences.filter(({ ids }) => ids.length - 1 > options.sequenceLength);
  if (tooLong.length === 0) return;
  const longest = tooLong.reduce((most, { ids }) => Math.max(most, ids.length - 1), 0);
  const found = `found ${tooLong.length} of ${sequences.length} examples of up to ${longest} tokens`;
  throw problem(options, `${found}, expected at most ${options.sequenceLength} (sequenceLength)`);
}

function problem({ field, path }: SequenceOptions, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${path}: ${message}`, [{ field, message }]);
}
