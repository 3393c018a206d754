// The signed dynamic 8-bit type (Dettmers 2016, arXiv 1511.04561) as bitsandbytes 0.50 has it: the values of
// functional.create_dynamic_map(), and the choice of its CPU build among them.

const [EXPONENTS, FIRST, STEPS] = [7, Math.fround(0.1), 65_535];

/** The 256 values, ascending: 2ⁱ of each sign for each power of ten, 0 and 1. */
export const DYNAMIC_VALUES = dynamicValues();

function dynamicValues(): Float32Array {
  const values = [0, 1];
  for (let i = 0; i < EXPONENTS; i++) {
    const factor = Math.fround(10 ** (i - EXPONENTS + 1));
    const ends = evenly(2 ** i + 1);
    for (let k = 0; k + 1 < ends.length; k++) {
      const value = Math.fround(factor * Math.fround(Math.fround(ends[k]! + ends[k + 1]!) / 2));
      values.push(value, -value);
    }
  }
  return Float32Array.from(values).sort();
}

/** torch.linspace(0.1, 1, count) in float32: from both ends, each product and sum rounded once. */
function evenly(count: number): number[] {
  const step = Math.fround(Math.fround(1 - FIRST) / (count - 1));
  const value = (k: number) => (k < count / 2 ? FIRST + step * k : 1 - step * (count - 1 - k));
  return Array.from({ length: count }, (_, k) => Math.fround(value(k)));
}

/** The nearest code of each of 65,536 even steps from -1 to 1; made on first use. */
let nearest: Uint8Array | null = null;

function nearestCodes(): Uint8Array {
  const codes = new Uint8Array(STEPS + 1);
  let code = 0;
  for (let i = 0; i <= STEPS; i++) {
    const value = Math.fround(Math.fround(Math.fround(i / STEPS) * 2) - 1);
    while (
      code < 255 &&
      value > Math.fround(Math.fround(DYNAMIC_VALUES[code]! + DYNAMIC_VALUES[code + 1]!) / 2)
    )
      code++;
    codes[i] = code;
  }
  return codes;
}

/**
 * The code of a number of [-1, 1], float32. As in bitsandbytes' CPU build the number is first rounded to one of the even steps;
 * on CUDA it is not, so that numbers within 1.6e-5 of a threshold may fall on its other side there.
 */
export function dynamicCode(value: number): number {
  nearest ??= nearestCodes();
  const step = Math.fround(Math.fround(Math.fround(Math.fround(value + 1) * 0.5) * STEPS) + 0.5);
  return nearest[Math.min(Math.max(Math.trunc(step), 0), STEPS)]!;
}
