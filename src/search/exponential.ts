/**
 * e to the power of −t, t ≥ 0: the one transcendental function in the model's innermost loops. Written with + − × only, so its bits are the same in
 * every engine (the standard leaves Math.exp open), and some four times as fast. Relative error below 5e-16.
 *
 * t = m·(ln 2)/32 + r, |r| ≤ (ln 2)/64      e^−t = 2^−⌊m/32⌋ · 2^−(m mod 32)/32 · e^−r, the last one by its series
 */
const STEPS = 32;
const PER_T = STEPS / Math.LN2;
/** (ln 2)/32 in two parts: the first has trailing zeros, so that m times it is exact */
const STEP_HIGH = 0.02166084898635745;
const STEP_LOW = 4.06140840434059e-10;
const LARGEST = 700;

/** 2^−j/32, by square roots, which are exactly rounded */
const FRACTIONS = fractions();
const HALVINGS = Float64Array.from({ length: 1024 }, (_, k) => 2 ** -k);

function fractions(): Float64Array {
  const powers = new Float64Array(STEPS).fill(1);
  let root = 0.5;
  for (let bit = STEPS / 2; bit >= 1; bit /= 2) {
    root = Math.sqrt(root);
    for (let j = 0; j < STEPS; j++) if (j & bit) powers[j]! *= root;
  }
  return powers;
}

export function expNegative(t: number): number {
  if (!(t < LARGEST)) return t >= LARGEST ? 0 : Number.NaN;
  const m = (t * PER_T + 0.5) | 0;
  const r = t - m * STEP_HIGH - m * STEP_LOW;
  const series = 1 - r * (1 - r * (0.5 - r * (1 / 6 - r * (1 / 24 - r * (1 / 120 - r / 720)))));
  return HALVINGS[m >> 5]! * (FRACTIONS[m & 31]! * series);
}
