/** Longest line that is kept, in characters. */
const LONGEST_LINE = 2000;

export interface LogLimits {
  /** characters that pass from the start */
  head: number;
  /** lines that are kept from the end, once the head is full */
  tailLines: number;
}

/**
 * A program's output, cut to what a record should hold: its beginning and its end. Lines pass through `add` until the head is full; after
 * that only the last ones are held back for `rest`, with a note of how many are missing.
 */
export class BoundedLog {
  private passed = 0;
  private leftOut = 0;
  private readonly tail: string[] = [];

  constructor(private readonly limits: LogLimits = { head: 500_000, tailLines: 200 }) {}

  /** @returns the lines that pass now */
  add(lines: readonly string[]): string[] {
    const passing: string[] = [];
    for (const line of lines) {
      const kept = line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)} …` : line;
      if (this.passed + kept.length <= this.limits.head) passing.push(kept);
      else this.holdBack(kept);
      this.passed += kept.length;
    }
    return passing;
  }

  /** What was held back, at the end of the program. */
  rest(): string[] {
    const note = this.leftOut > 0 ? [`[… ${this.leftOut} lines left out …]`] : [];
    return [...note, ...this.tail];
  }

  private holdBack(line: string): void {
    this.tail.push(line);
    if (this.tail.length <= this.limits.tailLines) return;
    this.tail.shift();
    this.leftOut++;
  }
}
