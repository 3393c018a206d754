import { CHAT_SHAPES, type ChatShape, type Message, parseChat } from './chat-record.js';
import type { RecordProblem } from './record-problem.js';

export type { RecordProblem };

/** What is learnt is the completion, given the prompt. A {"text"} record or plain text has the prompt ''. */
export interface CompletionExample {
  prompt: string;
  completion: string;
}

/** What is learnt are the assistant's turns, each given all before it. */
export interface ChatExample {
  messages: Message[];
}

export type Example = CompletionExample | ChatExample;

type TextShape = 'prompt/completion' | 'text' | 'instruction/input/output';

/**
 * One line of a JSONL file of examples:
 * {"prompt", "completion"}, {"text"}, {"instruction", "input", "output"} (Alpaca; input may be left out), or a chat (chat-record.ts).
 */
export type RecordShape = TextShape | ChatShape;

export interface ParsedRecord {
  shape: RecordShape;
  example: Example;
}

/** keys of each shape: true for one that must be there and may not be empty */
const SHAPES: Record<TextShape, Record<string, { needed: boolean; mayBeEmpty: boolean }>> = {
  'prompt/completion': {
    prompt: { needed: true, mayBeEmpty: true },
    completion: { needed: true, mayBeEmpty: false },
  },
  text: { text: { needed: true, mayBeEmpty: false } },
  'instruction/input/output': {
    instruction: { needed: true, mayBeEmpty: false },
    input: { needed: false, mayBeEmpty: true },
    output: { needed: true, mayBeEmpty: false },
  },
};
const SHAPE_NAMES = Object.keys(SHAPES) as TextShape[];
const ALLOWED =
  'expected {"prompt", "completion"}, {"text"}, {"instruction", "input", "output"} or {"messages"}';

/** Parses one line. Every problem of the line is in the answer, not only the first. */
export function parseRecord(line: string): ParsedRecord | RecordProblem[] {
  const value = parseJson(line);
  if (value instanceof SyntaxError) return [{ field: '', message: `not JSON: ${value.message}` }];
  return parseValue(value);
}

/** As `parseRecord`, of a line that is parsed already. */
export function parseValue(value: unknown): ParsedRecord | RecordProblem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ field: '', message: `found ${shown(value)}, ${ALLOWED}` }];
  }
  return parseObject(value as Record<string, unknown>);
}

function parseObject(record: Record<string, unknown>): ParsedRecord | RecordProblem[] {
  const chat = CHAT_SHAPES.find((name) => Object.hasOwn(record, name));
  if (chat) return toParsed(chat, parseChat(record, chat));
  const shape = shapeOf(record);
  if (shape === null) return [{ field: '', message: `found keys ${keysOf(record)}, ${ALLOWED}` }];
  const problems = [...unknownKeys(record, shape), ...wrongValues(record, shape)];
  return problems.length > 0
    ? problems
    : { shape, example: toExample(record as Record<string, string>, shape) };
}

function toParsed(shape: ChatShape, found: Message[] | RecordProblem[]): ParsedRecord | RecordProblem[] {
  const isProblem = (one: Message | RecordProblem): one is RecordProblem => 'field' in one;
  return found.some(isProblem)
    ? (found as RecordProblem[])
    : { shape, example: { messages: found as Message[] } };
}

/** The shape that shares a key with the record. */
function shapeOf(record: Record<string, unknown>): TextShape | null {
  const sharesKey = (shape: TextShape) =>
    Object.keys(SHAPES[shape]).some((key) => Object.hasOwn(record, key));
  return SHAPE_NAMES.find(sharesKey) ?? null;
}

function unknownKeys(record: Record<string, unknown>, shape: TextShape): RecordProblem[] {
  const allowed = Object.keys(SHAPES[shape]);
  return Object.keys(record)
    .filter((key) => !allowed.includes(key))
    .map((key) => ({ field: key, message: `unknown key, expected ${allowed.join(', ')}` }));
}

function wrongValues(record: Record<string, unknown>, shape: TextShape): RecordProblem[] {
  return Object.entries(SHAPES[shape]).flatMap(([key, { needed, mayBeEmpty }]) => {
    const value = Object.hasOwn(record, key) ? record[key] : undefined;
    if (value === undefined) return needed ? [{ field: key, message: 'missing, expected text' }] : [];
    if (typeof value !== 'string') return [{ field: key, message: `found ${shown(value)}, expected text` }];
    if (!mayBeEmpty && value.trim() === '') return [{ field: key, message: 'empty, expected some text' }];
    return [];
  });
}

function toExample(record: Record<string, string>, shape: TextShape): CompletionExample {
  if (shape === 'text') return { prompt: '', completion: record.text! };
  if (shape === 'prompt/completion') return { prompt: record.prompt!, completion: record.completion! };
  const input = record.input ? `${record.input}\n` : '';
  return { prompt: `${record.instruction}\n${input}`, completion: record.output! };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    return error;
  }
}

const keysOf = (record: Record<string, unknown>) => shortened(JSON.stringify(Object.keys(record)));
const shown = (value: unknown) => shortened(JSON.stringify(value));
const shortened = (text: string) => (text.length > 60 ? `${text.slice(0, 57)}…` : text);
