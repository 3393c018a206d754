import type { RecordProblem } from '../record-problem.js';
import { chatFields } from './chat-fields.js';

/** What is checked of a record, whatever its shape. */
export interface Fields {
  /** names the keys: all records of a file should have the same */
  shape: string;
  prompt: string;
  answer: string;
  /** the answer is one of a few */
  isLabel: boolean;
  /** the record itself says that it was cut off */
  saysCut: boolean;
  /** parts that may not be empty and are: `prompt`, `completion`, … */
  emptyParts: string[];
}

interface TextShape {
  prompt: string[];
  answer: string;
  mayLack?: string[];
  isLabel?: boolean;
}

// In this order: the first shape that has its answer and a part of its prompt is the record's.
const SHAPES: Record<string, TextShape> = {
  'prompt/completion': { prompt: ['prompt'], answer: 'completion' },
  'instruction/input/output': { prompt: ['instruction', 'input'], answer: 'output', mayLack: ['input'] },
  'prompt/response': { prompt: ['prompt'], answer: 'response' },
  'instruction/response': { prompt: ['instruction', 'context'], answer: 'response', mayLack: ['context'] },
  'question/answer': { prompt: ['question', 'context'], answer: 'answer', mayLack: ['context'] },
  'input/output': { prompt: ['input'], answer: 'output' },
  'text/label': { prompt: ['text'], answer: 'label', isLabel: true },
  'sentence/label': { prompt: ['sentence'], answer: 'label', isLabel: true },
  'text/category': { prompt: ['text'], answer: 'category', isLabel: true },
  'input/label': { prompt: ['input'], answer: 'label', isLabel: true },
};
const ALLOWED =
  'expected {"prompt", "completion"}, {"instruction", "input", "output"}, {"messages"}, {"text"}, {"text", "label"} or {"question", "choices", "answer"}';

/** A parsed JSON value as fields, or every problem with it. `expected`: the shape of the file so far, to say what lacks. */
export function fieldsOf(value: unknown, expected: string | null): Fields | RecordProblem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ field: '', message: `found ${shown(value)}, ${ALLOWED}` }];
  }
  const record = value as Record<string, unknown>;
  const has = (key: string) => Object.hasOwn(record, key);
  const saysCut =
    ['length', 'max_tokens'].includes(String(record.finish_reason)) || record.truncated === true;
  const fields = has('messages')
    ? chatFields(record.messages, 'messages')
    : has('conversations')
      ? chatFields(record.conversations, 'conversations')
      : has('question') && has('choices')
        ? choiceFields(record)
        : textFields(record, expected);
  return Array.isArray(fields) ? fields : { ...fields, saysCut };
}

type Found = Omit<Fields, 'saysCut'> | RecordProblem[];

function textFields(record: Record<string, unknown>, expected: string | null): Found {
  const has = (key: string) => Object.hasOwn(record, key);
  const whole = Object.entries(SHAPES).find(
    ([, { prompt, answer }]) => has(answer) && prompt.some((key) => has(key)),
  );
  if (whole) return ofShape(record, ...whole);
  if (has('text') && SHAPES[expected ?? '']?.prompt[0] !== 'text') return plainFields(record);
  const close =
    SHAPES[expected ?? ''] ??
    Object.values(SHAPES).find(({ prompt, answer }) => has(answer) || prompt.some((key) => has(key)));
  if (!close) return [{ field: '', message: `found keys ${shown(Object.keys(record))}, ${ALLOWED}` }];
  const lacking = [...close.prompt, close.answer].filter((key) => !has(key) && !close.mayLack?.includes(key));
  return lacking.map((field) => ({ field, message: `missing; found keys ${shown(Object.keys(record))}` }));
}

function ofShape(record: Record<string, unknown>, shape: string, keys: TextShape): Found {
  const problems: RecordProblem[] = [];
  const parts = keys.prompt.filter((key) => Object.hasOwn(record, key) || !keys.mayLack?.includes(key));
  for (const key of [...parts, keys.answer]) {
    const value = record[key];
    const isSound =
      typeof value === 'string' ||
      (keys.isLabel && key === keys.answer && (typeof value === 'number' || typeof value === 'boolean')) ||
      (value === null && keys.mayLack?.includes(key));
    if (value === undefined) problems.push({ field: key, message: 'missing, expected text' });
    else if (!isSound) problems.push({ field: key, message: `found ${shown(value)}, expected text` });
  }
  if (problems.length > 0) return problems;
  const text = (key: string) => String(record[key] ?? '');
  const needed = parts.filter((key) => !keys.mayLack?.includes(key));
  return {
    shape,
    prompt: parts
      .map(text)
      .filter((part) => part.trim() !== '')
      .join('\n'),
    answer: text(keys.answer),
    isLabel: keys.isLabel === true,
    emptyParts: [...needed, keys.answer].filter((key) => isBlank(text(key))),
  };
}

function plainFields({ text }: Record<string, unknown>): Found {
  if (typeof text !== 'string') return [{ field: 'text', message: `found ${shown(text)}, expected text` }];
  const emptyParts = isBlank(text) ? ['text'] : [];
  return { shape: 'text', prompt: '', answer: text, isLabel: false, emptyParts };
}

/** {"question", "choices": [text, …], "answer": index, letter or text}; choices as {"text": […], "label": […]} too, as ARC has them. */
function choiceFields(record: Record<string, unknown>): Found {
  const { question } = record;
  const asked = record.choices as { text?: unknown; label?: unknown } | unknown[] | null;
  const choices = Array.isArray(asked) ? asked : asked?.text;
  const names = Array.isArray(asked) ? undefined : asked?.label;
  if (typeof question !== 'string')
    return [{ field: 'question', message: `found ${shown(question)}, expected text` }];
  if (!Array.isArray(choices) || choices.length < 2 || choices.some((one) => typeof one !== 'string'))
    return [{ field: 'choices', message: `found ${shown(record.choices)}, expected two or more texts` }];
  const key = ['answer', 'answerKey', 'label', 'gold'].find((name) => Object.hasOwn(record, name));
  if (key === undefined) return [{ field: 'answer', message: 'missing, expected one of the choices' }];
  const answer = chosen(record[key], choices as string[], Array.isArray(names) ? (names as string[]) : []);
  if (answer === undefined)
    return [
      { field: key, message: `found ${shown(record[key])}, expected one of the ${choices.length} choices` },
    ];
  const emptyParts = [...(isBlank(question) ? ['question'] : []), ...(isBlank(answer) ? [key] : [])];
  return { shape: 'question/choices', prompt: question, answer, isLabel: true, emptyParts };
}

function chosen(answer: unknown, choices: string[], names: string[]): string | undefined {
  if (typeof answer === 'number') return choices[answer];
  if (typeof answer !== 'string') return undefined;
  if (choices.includes(answer)) return answer;
  if (names.includes(answer)) return choices[names.indexOf(answer)];
  if (/^[A-Za-z]$/.test(answer)) return choices[answer.toUpperCase().charCodeAt(0) - 65];
  return /^\d+$/.test(answer) ? choices[Number(answer)] : undefined;
}

/** White space and signs that do not show count as nothing. */
export function isBlank(text: string): boolean {
  return !/[^\s\u200b-\u200d\u2060\ufeff\u00ad]/.test(text);
}

export const shown = (value: unknown) => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};
