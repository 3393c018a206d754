// Rotary positions, Hugging Face's rotate-half: in each head, with its halves (p, q), angle of the row's position:
// (p, q) → (p·cos - q·sin, q·cos + p·sin). The gradient is the rotation by the opposite angle.
import { wholeVectors } from './math';

/** x, y: rows x heads·2·half; cosines, sines: length x half; the position of a row is row modulo length. */
export function rotary(
  rows: i32, length: i32, heads: i32, half: i32,
  x: usize, cosines: usize, sines: usize, sign: f32, y: usize,
): void {
  const span = <usize>half << 2;
  for (let i = 0; i < rows; ++i) {
    const angles = <usize>(i % length) * span;
    for (let h = 0; h < heads; ++h) {
      rotateHead(half, x, cosines + angles, sines + angles, sign, y);
      x += 2 * span;
      y += 2 * span;
    }
  }
}

@inline
function rotateHead(half: i32, x: usize, c: usize, s: usize, sign: f32, y: usize): void {
  const span = <usize>half << 2;
  const body = wholeVectors(half);
  for (let at: usize = 0; at < body; at += 16) {
    const p = v128.load(x + at), q = v128.load(x + at + span);
    const cosine = v128.load(c + at), sine = f32x4.mul(v128.load(s + at), f32x4.splat(sign));
    v128.store(y + at, f32x4.sub(f32x4.mul(p, cosine), f32x4.mul(q, sine)));
    v128.store(y + at + span, f32x4.add(f32x4.mul(q, cosine), f32x4.mul(p, sine)));
  }
  for (let at = body; at < span; at += 4) {
    const p = load<f32>(x + at), q = load<f32>(x + at + span);
    const cosine = load<f32>(c + at), sine = load<f32>(s + at) * sign;
    store<f32>(y + at, p * cosine - q * sine);
    store<f32>(y + at + span, q * cosine + p * sine);
  }
}
