import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';

/** One record's bytes in a file: `line` from 1, `offset` and `length` in bytes. */
export interface RawRecord {
  text: string;
  line: number;
  offset: number;
  length: number;
  isUtf8: boolean;
}

/** How a file holds its records: one JSON value a line, one JSON array, or blocks of text between blank lines. */
export type FileLayout = 'jsonl' | 'json' | 'text';

export interface RawFile {
  layout: FileLayout;
  records: AsyncGenerator<RawRecord>;
}

const [NEWLINE, QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST, COMMA] = [
  ...[0x0a, 0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x2c],
] as [number, number, number, number, number, number, number, number];
const BYTE_ORDER_MARK = '\ufeff';

/**
 * The records of a file as a stream; the layout is found by content, but *.jsonl is JSONL whatever is in it.
 * @throws the file system's error for a file that cannot be read
 */
export async function openRecords(path: string): Promise<RawFile> {
  const layout = layoutOf(await firstBytes(path), extname(path).toLowerCase());
  const records = layout === 'json' ? listItems(path) : layout === 'jsonl' ? lines(path) : blocks(path);
  return { layout, records };
}

async function firstBytes(path: string): Promise<string> {
  for await (const chunk of createReadStream(path, { end: 4095 })) return (chunk as Buffer).toString('utf8');
  return '';
}

/** An array begins with `[`; so does the array in an object that is written over several lines. */
function layoutOf(head: string, extension: string): FileLayout {
  const text = head.replace(BYTE_ORDER_MARK, '').trimStart();
  if (extension === '.jsonl' || extension === '.ndjson') return 'jsonl';
  if (text.startsWith('[')) return /^\[\s*(\{|$|\])/.test(text) || extension === '.json' ? 'json' : 'text';
  if (!text.startsWith('{')) return extension === '.json' ? 'jsonl' : 'text';
  return extension === '.json' && /^\{\s*("[^"\n]*"\s*:\s*\[|\n)/.test(text) ? 'json' : 'jsonl';
}

function recordOf(bytes: Buffer, line: number, offset: number): RawRecord {
  const text = bytes.toString('utf8');
  const isSound = !text.includes('\ufffd') || isUtf8(bytes);
  return { text, line, offset, length: bytes.length, isUtf8: isSound };
}

async function* byteLines(path: string): AsyncGenerator<RawRecord> {
  let [rest, line, offset] = [[] as Buffer[], 0, 0];
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const part = chunk.subarray(start, end);
      const bytes = rest.length > 0 ? Buffer.concat([...rest, part]) : part;
      yield recordOf(bytes, ++line, offset);
      offset += bytes.length + 1;
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) yield recordOf(Buffer.concat(rest), ++line, offset);
}

async function* lines(path: string): AsyncGenerator<RawRecord> {
  for await (const record of byteLines(path)) {
    if (record.line === 1) record.text = record.text.replace(BYTE_ORDER_MARK, '');
    if (record.text.trim() !== '') yield record;
  }
}

async function* blocks(path: string): AsyncGenerator<RawRecord> {
  let block: RawRecord | null = null;
  for await (const record of byteLines(path)) {
    if (record.text.trim() === '') {
      if (block) yield block;
      block = null;
    } else if (block) {
      block.text += `\n${record.text}`;
      block.length = record.offset + record.length - block.offset;
      block.isUtf8 &&= record.isUtf8;
    } else block = { ...record, text: record.text.replace(BYTE_ORDER_MARK, '') };
  }
  if (block) yield block;
}

/** The items of a JSON array, cut out of the stream by their brackets: JSON's structure is ASCII, so bytes will do. */
async function* listItems(path: string): AsyncGenerator<RawRecord> {
  const cutter = new ItemCutter();
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    yield* cutter.take(chunk);
  }
  yield* cutter.rest();
}

class ItemCutter {
  private depth = 0;
  /** brackets that are open around an item: 1 in [ ], 2 in {"data": [ ]} */
  private listDepth = 0;
  private isInString = false;
  private isEscaped = false;
  private line = 1;
  private position = 0;
  private item: { parts: Buffer[]; line: number; offset: number } | null = null;

  *take(chunk: Buffer): Generator<RawRecord> {
    let start = this.item ? 0 : -1;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte === NEWLINE) this.line++;
      if (this.endsItem(byte)) {
        if (this.item) yield this.finish(chunk.subarray(Math.max(start, 0), i));
        start = -1;
      } else if (!this.item && this.beginsItem(byte)) {
        this.item = { parts: [], line: this.line, offset: this.position + i };
        start = i;
      }
      this.step(byte);
    }
    if (this.item) this.item.parts.push(chunk.subarray(Math.max(start, 0)));
    this.position += chunk.length;
  }

  /** What was cut off in the middle. */
  *rest(): Generator<RawRecord> {
    if (this.item) yield this.finish(Buffer.alloc(0));
  }

  private endsItem(byte: number): boolean {
    if (this.isInString || this.listDepth === 0 || this.depth !== this.listDepth) return false;
    return byte === COMMA || byte === CLOSE_LIST;
  }

  private beginsItem(byte: number): boolean {
    return this.listDepth > 0 && this.depth === this.listDepth && byte > 0x20 && byte !== COMMA;
  }

  private finish(last: Buffer): RawRecord {
    const { parts, line, offset } = this.item!;
    this.item = null;
    return recordOf(Buffer.concat([...parts, last]), line, offset);
  }

  private step(byte: number): void {
    if (this.isInString) {
      if (this.isEscaped) this.isEscaped = false;
      else if (byte === BACKSLASH) this.isEscaped = true;
      else if (byte === QUOTE) this.isInString = false;
    } else if (byte === QUOTE) this.isInString = true;
    else if (byte === OPEN || byte === OPEN_LIST) {
      this.depth++;
      if (byte === OPEN_LIST && this.listDepth === 0 && this.depth <= 2) this.listDepth = this.depth;
    } else if (byte === CLOSE || byte === CLOSE_LIST) {
      this.depth--;
      if (this.depth < this.listDepth) this.listDepth = 0;
    }
  }
}
