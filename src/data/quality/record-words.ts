import { closeSync, openSync, readSync } from 'node:fs';
import { type Fields, fieldsOf } from './quality-record.js';
import type { FileLayout } from './raw-records.js';
import type { RecordTable } from './record-table.js';
import { wordsOf } from './words.js';

export interface RecordWords {
  prompt: string[];
  answer: string[];
  isLabel: boolean;
}

const KEPT = 4096;

/** The words of records, read again from their places; the last few thousand are kept. */
export class RecordReader {
  private readonly descriptors = new Map<number, number>();
  private readonly kept = new Map<number, RecordWords>();

  constructor(
    private readonly table: RecordTable,
    private readonly files: readonly { path: string; layout: FileLayout }[],
  ) {}

  wordsOf(id: number): RecordWords {
    const kept = this.kept.get(id);
    if (kept) return kept;
    const { prompt, answer, isLabel } = this.fieldsOf(id);
    const words = { prompt: wordsOf(prompt), answer: wordsOf(answer), isLabel };
    if (this.kept.size >= KEPT) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(id, words);
    return words;
  }

  close(): void {
    for (const descriptor of this.descriptors.values()) closeSync(descriptor);
    this.descriptors.clear();
  }

  private fieldsOf(id: number): Pick<Fields, 'prompt' | 'answer' | 'isLabel'> {
    const text = this.textOf(id);
    const { layout } = this.files[this.table.fileOf(id)]!;
    if (layout === 'text') return { prompt: '', answer: text, isLabel: false };
    const fields = fieldsOf(JSON.parse(text), null);
    if (Array.isArray(fields)) throw new Error(`the file has changed while it was read`);
    return fields;
  }

  private textOf(id: number): string {
    const file = this.table.fileOf(id);
    const descriptor = this.descriptors.get(file) ?? openSync(this.files[file]!.path, 'r');
    this.descriptors.set(file, descriptor);
    const bytes = Buffer.alloc(this.table.lengthOf(id));
    readSync(descriptor, bytes, 0, bytes.length, this.table.offsetOf(id));
    return bytes.toString('utf8').replace('\ufeff', '');
  }
}
