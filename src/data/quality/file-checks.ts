import { cutOf, emptinessOf, endsLikeSentence, lastWord } from './answer-faults.js';
import type { FindingKind } from './finding.js';
import { personalDataIn, secretsIn } from './patterns.js';
import type { Fields } from './quality-record.js';

export interface Fault {
  kind: FindingKind;
  line: number;
  detail: string;
}

/** Of a file's answers that are sentences, at least five and this share must end like one before the others count as cut off. */
const [FEWEST_SENTENCES, SENTENCE_SHARE] = [5, 0.8];
/** Prompts that are empty in more than half of a file are meant to be. */
const EMPTY_SHARE = 0.5;

/** What can be said of the records of one file one by one, and in the light of the file's other records at its end. */
export class FileChecks {
  private readonly faults: Fault[] = [];
  private readonly byShape = new Map<string, number[]>();
  private readonly emptyPrompts: Fault[] = [];
  private readonly openEnds: Fault[] = [];
  private sentences = 0;
  private records = 0;

  constructor(private readonly maxLength: number | null) {}

  /** the shape that most records have had so far */
  get shape(): string | null {
    let most: [string | null, number] = [null, 0];
    for (const [shape, { length }] of this.byShape) if (length > most[1]) most = [shape, length];
    return most[0];
  }

  report(kind: FindingKind, line: number, detail: string): void {
    this.faults.push({ kind, line, detail });
  }

  take(fields: Fields, line: number): void {
    this.records++;
    const lines = this.byShape.get(fields.shape);
    if (lines) lines.push(line);
    else this.byShape.set(fields.shape, [line]);
    this.checkEmpty(fields, line);
    this.checkEnd(fields, line);
    const text = `${fields.prompt}\n${fields.answer}`;
    for (const name of personalDataIn(text)) this.report('personal_data', line, name);
    for (const name of secretsIn(text)) this.report('secret', line, name);
  }

  /** All faults, in the order of lines. */
  finish(): Fault[] {
    if (this.emptyPrompts.length <= EMPTY_SHARE * this.records) this.faults.push(...this.emptyPrompts);
    const all = this.sentences + this.openEnds.length;
    if (this.sentences >= FEWEST_SENTENCES && this.sentences >= SENTENCE_SHARE * all)
      this.faults.push(...this.openEnds);
    this.reportOtherShapes();
    return this.faults.sort((a, b) => a.line - b.line);
  }

  private checkEmpty({ emptyParts, answer, isLabel }: Fields, line: number): void {
    if (emptyParts.length > 0) {
      const fault: Fault = { kind: 'empty', line, detail: `${emptyParts.join(', ')}: empty` };
      (emptyParts.join() === 'prompt' ? this.emptyPrompts : this.faults).push(fault);
      return;
    }
    const emptiness = isLabel ? null : emptinessOf(answer);
    if (emptiness) this.report('empty', line, `the answer is ${emptiness}: "${shortened(answer)}"`);
  }

  private checkEnd({ prompt, answer, isLabel, saysCut }: Fields, line: number): void {
    const length = prompt.length + answer.length;
    if (this.maxLength !== null && length > this.maxLength)
      this.report(
        'truncated',
        line,
        `${length} characters, more than ${this.maxLength}: training would cut it`,
      );
    else if (saysCut) this.report('truncated', line, 'the record says that it was cut off');
    else if (!isLabel) this.checkSentence(answer, line);
  }

  private checkSentence(answer: string, line: number): void {
    const cut = cutOf(answer);
    const isWhole = cut ? null : endsLikeSentence(answer);
    if (cut) this.report('truncated', line, cut);
    else if (isWhole) this.sentences++;
    else if (isWhole === false) {
      const detail = `ends with "${lastWord(answer)}", most others with a full stop`;
      this.openEnds.push({ kind: 'truncated', line, detail });
    }
  }

  private reportOtherShapes(): void {
    const usual = this.shape;
    for (const [shape, lines] of this.byShape) {
      if (shape === usual) continue;
      for (const line of lines) this.report('schema', line, `a ${shape} record, but most are ${usual}`);
    }
  }
}

const shortened = (text: string) => {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
};
