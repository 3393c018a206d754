import { formatProblems, type Problem, RanksweepError } from '../core/errors.js';
import { hashJson, sha256 } from '../core/hash.js';
import { type Example, parseValue, type RecordProblem } from './example-record.js';
import { hashExample, readExamples } from './examples.js';
import { newDigest, readLines } from './lines.js';

/** One item of an evaluation set: an example, with what a score may ask for beside it. */
export interface Item {
  /** hash of the content: of the example, or of the whole record where it has more */
  hash: string;
  example: Example;
  /** false for a prompt alone: nothing says how it should be completed */
  hasReference: boolean;
  /** texts that are right answers; the completion is the first */
  references: string[];
  choices: string[] | null;
  /** which of the choices is right */
  right: number | null;
  /** all fields of the record; null for plain text */
  record: Record<string, unknown> | null;
}

export interface ItemSet {
  items: Item[];
  /** SHA-256 of the file's bytes */
  contentHash: string;
  /** hash of the items as a collection: of examples alone it is readExamples' */
  canonicalHash: string;
  bytes: number;
}

const MOST_PROBLEMS = 20;
const CORE_KEYS = [
  'prompt',
  'completion',
  'text',
  'instruction',
  'input',
  'output',
  'messages',
  'conversations',
];

/**
 * The items of an evaluation set: a file of examples (examples.ts) whose JSONL records may have more fields. `answers` is a list of right
 * answers, `choices` a list of completions of which `answer` numbers the right one (from 0); with either, and for scores that need no
 * reference, `completion` may be left out. Every other field is the user's own, for groups and commands.
 * @throws RanksweepError INVALID_INPUT with file:line for the first 20 problems
 */
export async function readItems(path: string): Promise<ItemSet> {
  const digest = newDigest();
  const lines: string[] = [];
  try {
    for await (const line of readLines(path, digest)) lines.push(line);
  } catch {
    // it says why
    await readExamples(path);
  }
  const first = lines.find((line) => line.trim() !== '');
  const isJsonl = path.endsWith('.jsonl') || first?.trimStart().startsWith('{');
  const items = isJsonl ? readRecords(path, lines) : (await readExamples(path)).examples.map(plainItem);
  const contentHash = digest.hash.digest('hex');
  return { items, contentHash, canonicalHash: hashItems(items), bytes: digest.bytes };
}

/** As hashExamples. */
const hashItems = (items: Item[]) =>
  sha256(
    items
      .map(({ hash }) => hash)
      .sort()
      .join('\n'),
  );

function readRecords(path: string, lines: string[]): Item[] {
  const problems: Problem[] = [];
  const items: Item[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const item = parseItem(line);
    if (Array.isArray(item)) problems.push(...item.map((problem) => ({ ...problem, line: i + 1 })));
    else items.push(item);
  }
  if (items.length === 0 && problems.length === 0)
    problems.push({ field: '', message: 'found no items, expected one or more' });
  if (problems.length === 0) return items;
  const shown = problems.slice(0, MOST_PROBLEMS);
  const more = problems.length > shown.length ? `\n… and ${problems.length - shown.length} more` : '';
  throw new RanksweepError(
    'INVALID_INPUT',
    `${path} is no evaluation set:\n${formatProblems(shown, path)}${more}`,
    shown,
  );
}

function parseItem(line: string): Item | RecordProblem[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return [{ field: '', message: `not JSON: ${(error as Error).message}` }];
  }
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? itemOf(value as Record<string, unknown>) : (parseValue(value) as RecordProblem[]);
}

function itemOf(record: Record<string, unknown>): Item | RecordProblem[] {
  const problems = extraProblems(record);
  if (problems.length > 0) return problems;
  const { answers = null, choices = null, answer = null } = record as Extras;
  const given = Object.fromEntries(CORE_KEYS.filter((key) => key in record).map((key) => [key, record[key]]));
  const reference = answers?.[0] ?? choices?.[answer!] ?? null;
  const isPromptOnly = 'prompt' in given && !('completion' in given);
  if (isPromptOnly) given.completion = reference ?? NO_REFERENCE;
  const parsed = parseValue(given);
  if (Array.isArray(parsed)) return parsed;
  const { example } = parsed;
  const isPlain = Object.keys(record).every((key) => CORE_KEYS.includes(key)) && !isPromptOnly;
  return {
    hash: isPlain ? hashExample(example) : hashJson(record),
    ...{ example, record, choices, right: choices ? answer : null },
    hasReference: !isPromptOnly || reference !== null,
    references: answers ?? (isPromptOnly && reference === null ? [] : [completionOf(example)]),
  };
}

/** Stands in for the completion that a prompt alone lacks: examples have one. */
const NO_REFERENCE = '-';

interface Extras {
  answers?: string[] | null;
  choices?: string[] | null;
  answer?: number | null;
}

function extraProblems({ answers, choices, answer }: Record<string, unknown>): RecordProblem[] {
  const isTexts = (list: unknown) =>
    Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === 'string');
  const problems: RecordProblem[] = [];
  const expect = (isGood: boolean, field: string, found: unknown, expected: string) => {
    if (!isGood)
      problems.push({ field, message: `found ${JSON.stringify(found)?.slice(0, 60)}, expected ${expected}` });
  };
  expect(answers == null || isTexts(answers), 'answers', answers, 'a list of texts');
  if (choices == null) return problems;
  expect(
    isTexts(choices) && (choices as string[]).length > 1,
    'choices',
    choices,
    'a list of two or more texts',
  );
  const count = Array.isArray(choices) ? choices.length : 0;
  const isPlace = Number.isInteger(answer) && (answer as number) >= 0 && (answer as number) < count;
  expect(isPlace, 'answer', answer, `the number of the right choice, 0 to ${count - 1}`);
  return problems;
}

/** The text that a model should write: a chat's last reply. */
function completionOf(example: Example): string {
  if (!('messages' in example)) return example.completion;
  return example.messages.findLast(({ role }) => role === 'assistant')!.content;
}

function plainItem(example: Example): Item {
  const [hash, references] = [hashExample(example), [completionOf(example)]];
  return { hash, example, hasReference: true, references, choices: null, right: null, record: null };
}
