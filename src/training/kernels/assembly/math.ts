// Vector arithmetic that every kernel shares. No fused multiply-add: the same bits on every machine.

/** eˣ to about 1e-7 relative (Cephes expf: 2ⁿ·p(r), |r| ≤ ln2/2); x is cut to ±88, NaN stays NaN. */
@inline
export function exp4(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87.336)), f32x4.splat(88.02));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.mul(f32x4.mul(p, r), r), f32x4.add(r, f32x4.splat(1)));
  const exponent = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, exponent);
}

/** 1/(1 + e⁻ˣ) */
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/** Adds four floats to two double sums. */
@inline
export function addWide(sums: v128, x: v128): v128 {
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 1));
  return f64x2.add(sums, f64x2.add(low, high));
}

@inline
export function total(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** ln x for finite x > 0: x = m·2ᵉ with m in [√½, √2), then 2·artanh((m-1)/(m+1)) by its series. */
export function log(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let e = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e += 1;
  }
  const s = (m - 1) / (m + 1);
  const q = s * s;
  let sum: f64 = 1.0 / 21.0;
  for (let odd = 19; odd > 0; odd -= 2) sum = sum * q + 1.0 / <f64>odd;
  return 2 * s * sum + <f64>e * 0.6931471805599453;
}

/** The first of four numbers, for the end of a row: the same arithmetic as in its body. */
@inline
export function storeOne(target: usize, x: v128): void {
  store<f32>(target, f32x4.extract_lane(x, 0));
}

/** Bytes of `count` floats that whole vectors cover. */
@inline
export function wholeVectors(count: i32): usize {
  return <usize>(count & ~3) << 2;
}
