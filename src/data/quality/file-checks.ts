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
/** Of the pieces of text that end within a sentence, from this share of those that go on all do. */
const PIECE_SHARE = 0.8;
/** Prompts that are empty in more than half of a file are meant to be. */
const EMPTY_SHARE = 0.5;

/** How an answer stops before its end; not sure: where most of the file ends otherwise. */
interface OpenEnd {
  fault: Fault;
  isSure: boolean;
}

/** What can be said of the records of one file one by one, and in the light of the file's other records at its end. */
export class FileChecks {
  private readonly faults: Fault[] = [];
  private readonly byShape = new Map<string, number[]>();
  private readonly emptyPrompts: Fault[] = [];
  private readonly openEnds: Fault[] = [];
  private sentences = 0;
  private records = 0;

  /** a text whose end is looked at when the next one has said whether it goes on there */
  private pieceBefore: OpenEnd | null = null;
  private readonly openPieces: OpenEnd[] = [];
  private piecesGoingOn = 0;

  /** @param isMeasured evaluation: texts of such a set are pieces to be read, wherever they end */
  constructor(
    private readonly maxLength: number | null,
    private readonly isMeasured = false,
  ) {}

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
    this.checkOpenPieces();
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

  private checkEnd({ shape, prompt, answer, isLabel, saysCut }: Fields, line: number): void {
    const length = prompt.length + answer.length;
    if (this.maxLength !== null && length > this.maxLength)
      this.report(
        'truncated',
        line,
        `${length} characters, more than ${this.maxLength}: training would cut it`,
      );
    else if (saysCut) this.report('truncated', line, 'the record says that it was cut off');
    else if (shape === 'text' && prompt === '') this.checkPiece(answer, line);
    else if (!isLabel) this.takeEnd(endOf(answer, line));
  }

  /** Text without a prompt may be a long one cut into pieces: a piece that the next record goes on with is whole. */
  private checkPiece(text: string, line: number): void {
    if (this.isMeasured) return;
    if (this.pieceBefore && /^\s*\p{Ll}/u.test(text)) this.piecesGoingOn++;
    else this.settlePiece();
    const end = endOf(text, line);
    this.pieceBefore = end === 'whole' ? null : end;
    if (end === 'whole') this.sentences++;
  }

  private settlePiece(): void {
    if (this.pieceBefore) this.openPieces.push(this.pieceBefore);
    this.pieceBefore = null;
  }

  /** Where nearly all open pieces go on, the file is a text in pieces, and the others go on with a name. */
  private checkOpenPieces(): void {
    this.settlePiece();
    const all = this.piecesGoingOn + this.openPieces.length;
    if (this.piecesGoingOn < PIECE_SHARE * all) for (const end of this.openPieces) this.takeEnd(end);
  }

  private takeEnd(end: OpenEnd | 'whole' | null): void {
    if (end === 'whole') this.sentences++;
    else if (end) (end.isSure ? this.faults : this.openEnds).push(end.fault);
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

/** @returns null for what is no sentence */
function endOf(answer: string, line: number): OpenEnd | 'whole' | null {
  const cut = cutOf(answer);
  if (cut) return { fault: { kind: 'truncated', line, detail: cut }, isSure: true };
  const isWhole = endsLikeSentence(answer);
  if (isWhole !== false) return isWhole && 'whole';
  const detail = `ends with "${lastWord(answer)}", most others with a full stop`;
  return { fault: { kind: 'truncated', line, detail }, isSure: false };
}
