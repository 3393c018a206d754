/** Made-up data that is the same in every browser and in the tests (mulberry32 of an FNV-1a key): core's streams need node:crypto. */
export class SampleRandom {
  private state: number;

  constructor(seed: number, stream: string) {
    let key = 0x811c9dc5;
    for (const letter of `${seed}/${stream}`) key = Math.imul(key ^ letter.charCodeAt(0), 0x01000193);
    this.state = key >>> 0;
  }

  /** uniform in [0, 1) */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  nextInt(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** standard normal (Box-Muller) */
  nextNormal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }
}
