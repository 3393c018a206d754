/** IEEE 754 half precision and bfloat16, as bits in Uint16Arrays. */

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** Every half as a number, made on first use: 256 KiB. */
let halves: Float32Array | null = null;

/** @param out the numbers, as many as there are halves */
export function fromHalf(source: Uint16Array, out = new Float32Array(source.length)): Float32Array {
  halves ??= everyHalf();
  const known = halves;
  for (let i = 0; i < out.length; i++) out[i] = known[source[i]!]!;
  return out;
}

/** The half at a place of a file's bytes. */
export function readHalf(bytes: Buffer, at: number): number {
  halves ??= everyHalf();
  return halves[bytes.readUInt16LE(at)]!;
}

const everyHalf = () => Float32Array.from({ length: 65_536 }, (_, half) => halfToNumber(half));

function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Rounds to the nearest half, ties to even; beyond 65,504 is infinite. */
export function toHalf(source: Float32Array): Uint16Array {
  return Uint16Array.from(source, numberToHalf);
}

function numberToHalf(value: number): number {
  float[0] = value;
  const sign = (bits[0]! >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65_520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundToEven(magnitude * 2 ** 24);
  const exponent = ((bits[0]! >>> 23) & 255) - 127;
  const fraction = roundToEven((magnitude / 2 ** exponent - 1) * 1024);
  // A fraction that rounds up to 1024 carries into the exponent by itself.
  return sign | (((exponent + 15) << 10) + fraction);
}

function roundToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** bfloat16 is the upper half of a float32. @param out as of fromHalf */
export function fromBfloat16(source: Uint16Array, out = new Float32Array(source.length)): Float32Array {
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < words.length; i++) words[i] = source[i]! << 16;
  return out;
}

/** Rounds to the nearest bfloat16, ties to even. */
export function toBfloat16(source: Float32Array): Uint16Array {
  const words = new Uint32Array(source.buffer, source.byteOffset, source.length);
  return Uint16Array.from(words, (word, i) =>
    Number.isNaN(source[i]) ? 0x7fc0 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16,
  );
}
