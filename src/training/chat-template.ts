import { Template } from '@huggingface/jinja';
import type { Message } from '../data/chat-record.js';
import { fixedStrftime } from './fixed-date.js';
import { correctStrip, STRIP_FUNCTIONS } from './jinja-strip.js';

// A model's own chat template (Jinja, as Hugging Face and GGUF files store it): a conversation as text, and where in it the replies are.

/** A conversation as the model is given it. */
export interface RenderedChat {
  text: string;
  /** [begin, end) of what the model has to write, in characters of text: its turns, each with the token that ends it */
  replies: [number, number][];
}

export interface ChatTemplate {
  /** @throws Error with the template's own words, or if it does not say where the replies are */
  render(messages: readonly Message[]): RenderedChat;
}

export interface SpecialTokens {
  /** bos_token, eos_token … as the template names them */
  named: Record<string, string>;
  /** every token that stands for no text */
  all: readonly string[];
}

/** Private characters, which no text has; the template's {% generation %} blocks are marked with them. */
const [BEGIN, END] = ['\uE0F0', '\uE0F1'];
const TAG = /\{%([-+]?)\s*(end)?generation\s*([-+]?)%\}/g;
/** Stands at the end, or at the beginning, of a turn while it is looked for. */
const PLACE = 'RANKSWEEP-REPLY';

/** @throws Error for a template that is not Jinja as the library knows it */
export function createChatTemplate(source: string, special: SpecialTokens): ChatTemplate {
  const marked = TAG.test(source);
  // The library has a strftime_now of its own, which cannot be replaced.
  const template = new Template(markTags(source).replaceAll('strftime_now', 'fixed_strftime'));
  correctStrip(template);
  const run = (messages: readonly Message[], add_generation_prompt = false) =>
    template.render({ ...special.named, ...CONSTANTS, messages, add_generation_prompt });
  return {
    render: (messages) => (marked ? readMarks(run(messages)) : findReplies(run, messages, special.all)),
  };
}

/** What transformers gives a template beside the messages. A date of today would make every day's run another. */
const CONSTANTS = { tools: null, documents: null, fixed_strftime: fixedStrftime, ...STRIP_FUNCTIONS };

/** Blocks of another kind in the same place, so that the white space around them is treated in the same way. */
function markTags(source: string): string {
  return source.replace(TAG, (_, left, end, right) => {
    return `{%${left} if true %}{{ "${end ? END : BEGIN}" }}{% endif ${right}%}`;
  });
}

function readMarks(marked: string): RenderedChat {
  const replies: [number, number][] = [];
  let text = '';
  for (const [n, piece] of marked.split(new RegExp(`[${BEGIN}${END}]`)).entries()) {
    if (n % 2 === 1) replies.push([text.length, text.length + piece.length]);
    text += piece;
  }
  return { text, replies };
}

type Run = (messages: readonly Message[], addGenerationPrompt?: boolean) => string;

/** Replies of a template without marks: a turn's end is found by putting another text there. */
function findReplies(run: Run, messages: readonly Message[], special: readonly string[]): RenderedChat {
  const text = run(messages);
  const turns = [...messages.keys()].filter((turn) => messages[turn]!.role === 'assistant');
  return { text, replies: turns.map((turn) => findReply(run, messages, turn, text, special)) };
}

function findReply(
  run: Run,
  messages: readonly Message[],
  turn: number,
  text: string,
  special: readonly string[],
): [number, number] {
  const { content } = messages[turn]!;
  const around = (changed: string) =>
    run(messages.map((one, i) => (i === turn ? { ...one, content: changed } : one))).split(PLACE);
  const [before, after] = around(`${content.trimEnd()}${PLACE}`);
  const isAt = text.startsWith(before!) && text.endsWith(after ?? '');
  const start = promptOf(run, messages.slice(0, turn), text) ?? around(`${PLACE}${content.trimStart()}`)[0]!;
  if (after === undefined || !isAt || !before!.startsWith(start)) {
    throw new Error(`where turn ${turn + 1} lies in its text cannot be told: mark it with {% generation %}`);
  }
  return [start.length, ending(text, before!.length, special)];
}

/** What a model is given before it writes: the header of its turn, and not what some templates put between that and the text. */
function promptOf(run: Run, earlier: readonly Message[], text: string): string | null {
  try {
    const prompt = run(earlier, true);
    return text.startsWith(prompt) ? prompt : null;
  } catch {
    // The template refuses to begin with the assistant, or takes no conversation without a user.
    return null;
  }
}

/** After the special token that follows a turn: the model has to learn to stop. */
function ending(text: string, end: number, special: readonly string[]): number {
  const space = /^\s*/.exec(text.slice(end))![0].length;
  const rest = text.slice(end + space);
  const longest = special.filter((token) => rest.startsWith(token)).sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? end : end + space + longest.length;
}
