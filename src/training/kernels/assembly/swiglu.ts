// SwiGLU over n numbers: y = gate·σ(gate)·up.
import { sigmoid4, storeOne, wholeVectors } from './math';

@inline
function value(gate: v128, up: v128): v128 {
  return f32x4.mul(f32x4.mul(gate, sigmoid4(gate)), up);
}

export function swiglu(n: i32, gate: usize, up: usize, y: usize): void {
  const body = wholeVectors(n);
  for (let at: usize = 0; at < body; at += 16) {
    v128.store(y + at, value(v128.load(gate + at), v128.load(up + at)));
  }
  for (let at = body; at < <usize>n << 2; at += 4) {
    storeOne(y + at, value(v128.load32_splat(gate + at), v128.load32_splat(up + at)));
  }
}

/** dGate = dy·up·σ·(1 + gate·(1 - σ)) */
@inline
function gateGrad(dy: v128, gate: v128, up: v128, s: v128): v128 {
  const one = f32x4.splat(1);
  const slope = f32x4.mul(s, f32x4.add(one, f32x4.mul(gate, f32x4.sub(one, s))));
  return f32x4.mul(f32x4.mul(dy, up), slope);
}

export function swigluGrad(n: i32, dy: usize, gate: usize, up: usize, dGate: usize, dUp: usize): void {
  const body = wholeVectors(n);
  for (let at: usize = 0; at < body; at += 16) {
    const g = v128.load(gate + at), d = v128.load(dy + at), s = sigmoid4(g);
    v128.store(dGate + at, gateGrad(d, g, v128.load(up + at), s));
    v128.store(dUp + at, f32x4.mul(d, f32x4.mul(g, s)));
  }
  for (let at = body; at < <usize>n << 2; at += 4) {
    const g = v128.load32_splat(gate + at), d = v128.load32_splat(dy + at), s = sigmoid4(g);
    storeOne(dGate + at, gateGrad(d, g, v128.load32_splat(up + at), s));
    storeOne(dUp + at, f32x4.mul(d, f32x4.mul(g, s)));
  }
}
