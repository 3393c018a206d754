import { formatProblems, type Problem, RanksweepError } from '../core/errors.js';
import { hashJson, sha256 } from '../core/hash.js';
import { whyUnreadable } from '../core/unreadable.js';
import {
  type CompletionExample,
  type Example,
  type ParsedRecord,
  parseRecord,
  type RecordProblem,
  type RecordShape,
} from './example-record.js';
import { newDigest, readLines } from './lines.js';

export type { CompletionExample, Example };

export type ExampleFormat = 'prompt-completion' | 'chat' | 'text-jsonl' | 'plain-text';

export interface ExampleSet {
  examples: Example[];
  format: ExampleFormat;
  /** SHA-256 of the file's bytes */
  contentHash: string;
  /** hash of the parsed examples: the same whatever the white space, the order of keys and the order of lines */
  canonicalHash: string;
  bytes: number;
}

const MOST_PROBLEMS = 20;

/**
 * Reads examples from JSONL (see example-record.ts) or from plain text, whose blocks between blank lines are the examples.
 * It is JSONL if the first line that is not blank starts with `{` or the file is named *.jsonl.
 * @throws RanksweepError INVALID_INPUT with file:line for the first 20 problems
 */
export async function readExamples(path: string): Promise<ExampleSet> {
  const digest = newDigest();
  const reader = new ExampleReader(path);
  await feed(reader, readLines(path, digest));
  const { examples, format } = reader.finish();
  const contentHash = digest.hash.digest('hex');
  return { examples, format, contentHash, canonicalHash: hashExamples(examples), bytes: digest.bytes };
}

/** Hash of examples as a collection: their order does not matter, how often each occurs does. */
export function hashExamples(examples: Example[]): string {
  return sha256(examples.map(hashExample).sort().join('\n'));
}

/** Hash of one example: its identity in splits and reports. */
export function hashExample(example: Example): string {
  if ('messages' in example) return hashJson({ messages: example.messages });
  return hashJson({ prompt: example.prompt, completion: example.completion });
}

async function feed(reader: ExampleReader, lines: AsyncGenerator<string>): Promise<void> {
  try {
    for await (const line of lines) reader.take(line);
  } catch (cause) {
    reader.fail(whyUnreadable(cause));
  }
}

class ExampleReader {
  private readonly examples: Example[] = [];
  private readonly problems: Problem[] = [];
  private problemCount = 0;
  private line = 0;
  private isJsonl: boolean | null = null;
  /** of the first record; the others must have the same */
  private shape: RecordShape | null = null;
  private block: string[] = [];

  constructor(private readonly path: string) {
    if (path.endsWith('.jsonl')) this.isJsonl = true;
  }

  take(line: string): void {
    this.line++;
    const isBlank = line.trim() === '';
    if (!isBlank) this.isJsonl ??= line.trimStart().startsWith('{');
    if (isBlank) this.endBlock();
    else if (this.isJsonl) this.takeRecord(line);
    else this.block.push(line);
  }

  /** The file cannot be read, or not further. */
  fail(reason: string): never {
    const at = this.line > 0 ? `${this.path}:${this.line + 1}` : this.path;
    throw invalid(`${at} cannot be read: ${reason}`, [{ field: '', message: reason, line: this.line + 1 }]);
  }

  finish(): { examples: Example[]; format: ExampleFormat } {
    this.endBlock();
    if (this.problemCount > 0) throw this.problemsError();
    if (this.examples.length === 0) {
      throw invalid(`${this.path} holds no examples`, [
        { field: '', message: 'found no examples, expected one or more' },
      ]);
    }
    return { examples: this.examples, format: this.format() };
  }

  private format(): ExampleFormat {
    if (!this.isJsonl) return 'plain-text';
    if (this.shape === 'messages' || this.shape === 'conversations') return 'chat';
    return this.shape === 'text' ? 'text-jsonl' : 'prompt-completion';
  }

  private endBlock(): void {
    if (this.block.length > 0) this.examples.push({ prompt: '', completion: this.block.join('\n') });
    this.block = [];
  }

  private takeRecord(line: string): void {
    const parsed = parseRecord(line);
    if (Array.isArray(parsed)) this.report(parsed);
    else this.takeParsed(parsed);
  }

  private takeParsed({ shape, example }: ParsedRecord): void {
    this.shape ??= shape;
    if (shape === this.shape) this.examples.push(example);
    else this.report([{ field: '', message: `a ${shape} record, but the first is ${this.shape}` }]);
  }

  private report(found: RecordProblem[]): void {
    this.problemCount += found.length;
    const room = MOST_PROBLEMS - this.problems.length;
    this.problems.push(...found.slice(0, room).map((problem) => ({ ...problem, line: this.line })));
  }

  private problemsError(): RanksweepError {
    const more = this.problemCount - this.problems.length;
    const tail = more > 0 ? `\n… and ${more} more` : '';
    return invalid(
      `${this.path} is not a file of examples:\n${formatProblems(this.problems, this.path)}${tail}`,
      this.problems,
    );
  }
}

const invalid = (message: string, problems: Problem[]) =>
  new RanksweepError('INVALID_INPUT', message, problems);
