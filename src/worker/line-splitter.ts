/** Cuts a stream of text into lines; a line that is not finished waits for its rest. */
export class LineSplitter {
  private unfinished = '';

  /** @returns the lines that are complete now, without their line breaks */
  push(text: string): string[] {
    const parts = (this.unfinished + text).split(/\r\n|\n/);
    this.unfinished = parts.pop()!;
    return parts;
  }

  /** The last line, if the stream ended without a line break. */
  end(): string[] {
    const rest = this.unfinished;
    this.unfinished = '';
    return rest === '' ? [] : [rest];
  }
}
