import * as tf from '@tensorflow/tfjs';
import { KeyValueCache } from './key-value-cache.js';
import { disposeRows, forward, type Layers, type Rows, toRows } from './llama.js';
import type { ModelConfig } from './model-config.js';
import type { Tokenizer } from './tokenizer.js';

export interface GenerationOptions {
  /** of an answer at most */
  maxTokens: number;
  /** texts that end an answer and are no part of it */
  stop: readonly string[];
  /** tokens that are computed at once at most */
  tokensAtOnce: number;
}

/** Prompts that are answered together at most. */
const GROUP = 32;

/**
 * Greedy answers: always the likeliest next token, until the end-of-text token, a stop text or `maxTokens`. Prompts of like length are
 * answered together; what a prompt is answered with does not depend on the others but for the rounding of sums.
 * @param prompts token ids, none empty
 */
export async function generate(
  config: ModelConfig,
  layers: Layers,
  tokenizer: Pick<Tokenizer, 'decode' | 'endOfText'>,
  prompts: readonly (readonly number[])[],
  options: GenerationOptions,
): Promise<string[]> {
  const answers: string[] = new Array(prompts.length);
  for (const group of groupsOf(prompts, options)) {
    const writing = new Answers(
      group.map((i) => prompts[i]!),
      tokenizer,
      options,
    );
    await write(config, layers, writing);
    for (const [at, i] of group.entries()) answers[i] = writing.texts[at]!;
  }
  return answers;
}

/** Indices of prompts by length, so that little is padded. */
function groupsOf(prompts: readonly (readonly number[])[], { tokensAtOnce }: GenerationOptions): number[][] {
  const order = [...prompts.keys()].sort((a, b) => prompts[a]!.length - prompts[b]!.length);
  const groups: number[][] = [];
  for (const i of order) {
    const group = groups.at(-1);
    const fits = group && group.length < GROUP && (group.length + 1) * prompts[i]!.length <= tokensAtOnce;
    if (fits) group.push(i);
    else groups.push([i]);
  }
  return groups;
}

async function write(config: ModelConfig, layers: Layers, answers: Answers): Promise<void> {
  const { prompts, longest } = answers;
  const lengths = prompts.map(({ length }) => length);
  const cache = new KeyValueCache(lengths, longest, config.heads, config.keyValueHeads);
  let tokens = await nextTokens(config, layers, promptRows(config, prompts, longest, cache));
  for (let written = 0; answers.take(tokens); written++) {
    tokens = await nextTokens(config, layers, tokenRows(config, tokens, lengths, written, cache));
  }
  cache.dispose();
}

/** All prompts, padded at their end; the next token of each one's last is asked for. */
function promptRows(
  config: ModelConfig,
  prompts: readonly (readonly number[])[],
  longest: number,
  cache: KeyValueCache,
): Rows {
  const ids = new Int32Array(prompts.length * longest);
  for (const [b, prompt] of prompts.entries()) ids.set(prompt, b * longest);
  const last = Int32Array.from(prompts, ({ length }, b) => b * longest + length - 1);
  return { ...toRows(config, ids, longest), wanted: tf.tensor(last, [last.length], 'int32'), cache };
}

/** The token that was written last in each answer, at its own position. */
function tokenRows(
  config: ModelConfig,
  tokens: Int32Array,
  lengths: number[],
  written: number,
  cache: KeyValueCache,
): Rows {
  // rows count their positions from where their example begins: before the row, that many
  const starts = Int32Array.from(lengths, (length, b) => b - (length + written));
  return { ...toRows(config, tokens, tokens.length, starts), cache };
}

async function nextTokens(config: ModelConfig, layers: Layers, rows: Rows): Promise<Int32Array> {
  const best = tf.tidy(() => tf.argMax(forward(config, layers, rows), 1));
  const tokens = Int32Array.from(await best.data());
  best.dispose();
  disposeRows(rows);
  return tokens;
}

/** The answers of one group as they grow. */
class Answers {
  readonly texts: string[];
  readonly longest: number;
  private readonly ids: number[][];
  private readonly isDone: boolean[];

  constructor(
    readonly prompts: readonly (readonly number[])[],
    private readonly tokenizer: Pick<Tokenizer, 'decode' | 'endOfText'>,
    private readonly options: GenerationOptions,
  ) {
    this.longest = Math.max(...prompts.map(({ length }) => length));
    this.texts = prompts.map(() => '');
    this.ids = prompts.map(() => []);
    this.isDone = prompts.map(() => false);
  }

  /** @returns whether any answer goes on */
  take(tokens: Int32Array): boolean {
    for (const [b, token] of tokens.entries()) if (!this.isDone[b]) this.add(b, token);
    return this.isDone.includes(false);
  }

  private add(b: number, token: number): void {
    const { decode, endOfText } = this.tokenizer;
    const ids = this.ids[b]!;
    if (token === endOfText) {
      this.isDone[b] = true;
      return;
    }
    ids.push(token);
    const text = decode(ids);
    const stops = this.options.stop.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
    this.texts[b] = stops.length > 0 ? text.slice(0, Math.min(...stops)) : text;
    this.isDone[b] = stops.length > 0 || ids.length >= this.options.maxTokens;
  }
}
