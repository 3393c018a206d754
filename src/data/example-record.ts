/** What is learnt is the completion, given the prompt. A {"text"} record or plain text has the prompt ''. */
export interface Example {
  prompt: string;
  completion: string;
}

/**
 * One line of a JSONL file of examples:
 * {"prompt", "completion"}, {"text"}, or {"instruction", "input", "output"} (Alpaca; input may be left out).
 */
export type RecordShape = 'prompt/completion' | 'text' | 'instruction/input/output';

export interface ParsedRecord {
  shape: RecordShape;
  example: Example;
}

/** What is wrong with a record; `field` is the key, or '' for the whole line. */
export interface RecordProblem {
  field: string;
  message: string;
}

/** keys of each shape: true for one that must be there and may not be empty */
const SHAPES: Record<RecordShape, Record<string, { needed: boolean; mayBeEmpty: boolean }>> = {
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
const SHAPE_NAMES = Object.keys(SHAPES) as RecordShape[];
const ALLOWED = 'expected {"prompt", "completion"}, {"text"} or {"instruction", "input", "output"}';

/** Parses one line. Every problem of the line is in the answer, not only the first. */
export function parseRecord(line: string): ParsedRecord | RecordProblem[] {
  const value = parseJson(line);
  if (value instanceof SyntaxError) return [{ field: '', message: `not JSON: ${value.message}` }];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ field: '', message: `found ${shown(value)}, ${ALLOWED}` }];
  }
  return parseObject(value as Record<string, unknown>);
}

function parseObject(record: Record<string, unknown>): ParsedRecord | RecordProblem[] {
  const shape = shapeOf(record);
  if (shape === null) return [{ field: '', message: `found keys ${keysOf(record)}, ${ALLOWED}` }];
  const problems = [...unknownKeys(record, shape), ...wrongValues(record, shape)];
  return problems.length > 0
    ? problems
    : { shape, example: toExample(record as Record<string, string>, shape) };
}

/** The shape that shares a key with the record. */
function shapeOf(record: Record<string, unknown>): RecordShape | null {
  const sharesKey = (shape: RecordShape) =>
    Object.keys(SHAPES[shape]).some((key) => Object.hasOwn(record, key));
  return SHAPE_NAMES.find(sharesKey) ?? null;
}

function unknownKeys(record: Record<string, unknown>, shape: RecordShape): RecordProblem[] {
  const allowed = Object.keys(SHAPES[shape]);
  return Object.keys(record)
    .filter((key) => !allowed.includes(key))
    .map((key) => ({ field: key, message: `unknown key, expected ${allowed.join(', ')}` }));
}

function wrongValues(record: Record<string, unknown>, shape: RecordShape): RecordProblem[] {
  return Object.entries(SHAPES[shape]).flatMap(([key, { needed, mayBeEmpty }]) => {
    const value = Object.hasOwn(record, key) ? record[key] : undefined;
    if (value === undefined) return needed ? [{ field: key, message: 'missing, expected text' }] : [];
    if (typeof value !== 'string') return [{ field: key, message: `found ${shown(value)}, expected text` }];
    if (!mayBeEmpty && value.trim() === '') return [{ field: key, message: 'empty, expected some text' }];
    return [];
  });
}

function toExample(record: Record<string, string>, shape: RecordShape): Example {
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
