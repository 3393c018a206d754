import { BANDS } from './minhash.js';

/** Where a record is and whom it may not meet: some 150 bytes of each are kept, and nothing of its text. */
export class RecordTable {
  size = 0;
  private files = new Uint16Array(1024);
  private lines = new Uint32Array(1024);
  private offsets = new Float64Array(1024);
  private lengths = new Uint32Array(1024);
  private flags = new Uint8Array(1024);
  private bands = new Uint32Array(1024 * BANDS);

  add(file: number, { line, offset, length }: { line: number; offset: number; length: number }): number {
    if (this.size === this.lines.length) this.grow();
    this.files[this.size] = file;
    this.lines[this.size] = line;
    this.offsets[this.size] = offset;
    this.lengths[this.size] = length;
    return this.size++;
  }

  fileOf = (id: number) => this.files[id]!;
  lineOf = (id: number) => this.lines[id]!;
  offsetOf = (id: number) => this.offsets[id]!;
  lengthOf = (id: number) => this.lengths[id]!;

  /** Only marked records have bands: the first of each group of equal ones. */
  hasBands = (id: number) => this.flags[id] === 1;
  bandOf = (id: number, band: number) => this.bands[id * BANDS + band]!;

  setBands(id: number, write: (bands: Uint32Array, start: number) => void): void {
    this.flags[id] = 1;
    write(this.bands, id * BANDS);
  }

  sharedBands(a: number, b: number): number {
    let shared = 0;
    for (let band = 0; band < BANDS; band++) if (this.bandOf(a, band) === this.bandOf(b, band)) shared++;
    return shared;
  }

  private grow(): void {
    const grown = <T extends Uint16Array | Uint32Array | Float64Array | Uint8Array>(old: T): T => {
      const next = new (old.constructor as new (length: number) => T)(old.length * 2);
      next.set(old);
      return next;
    };
    this.files = grown(this.files);
    this.lines = grown(this.lines);
    this.offsets = grown(this.offsets);
    this.lengths = grown(this.lengths);
    this.flags = grown(this.flags);
    this.bands = grown(this.bands);
  }
}
