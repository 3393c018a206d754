import { sha256 } from './hash.js';

const { floor, imul } = Math;

/**
 * A counter-based generator: the n-th number of a stream depends only on (seed, stream, n), so resumed and parallel work draws the same
 * numbers whatever ran before. The mixing function is the finaliser of SplitMix64, done in two 32-bit halves by way of squirrel-like
 * 32-bit mixing (lowbias32, C. Wellons 2018), on a key from SHA-256.
 */
export class RandomStream {
  private readonly key: readonly [number, number];

  constructor(
    seed: number,
    stream: string,
    /** how many 32-bit numbers have been drawn; save and restore it to resume */
    public counter = 0,
  ) {
    const digest = sha256(`${seed}/${stream}`);
    this.key = [Number.parseInt(digest.slice(0, 8), 16), Number.parseInt(digest.slice(8, 16), 16)];
  }

  /** A uniform integer in [0, 2^32). */
  nextUint32(): number {
    const n = this.counter++;
    return lowbias32(
      lowbias32((n ^ this.key[0]) >>> 0) ^ lowbias32((floor(n / 2 ** 32) + this.key[1]) >>> 0),
    );
  }

  /** A uniform number in [0, 1) with 53 random bits. */
  next(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** A uniform integer in [0, n). */
  nextInt(n: number): number {
    return floor(this.next() * n);
  }

  /** A standard normal number (Box-Muller, one of the pair). */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /** A random order of 0…n-1 (Fisher-Yates). */
  permutation(n: number): number[] {
    const order = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.nextInt(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}

function lowbias32(x: number): number {
  let h = x >>> 0;
  h = imul(h ^ (h >>> 16), 0x7feb352d);
  h = imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}
