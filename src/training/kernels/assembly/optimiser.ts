// AdamW (Loshchilov & Hutter 2019, algorithm 2), in the order of operations of PyTorch.
import { storeOne, wholeVectors } from './math';

/** One step of n parameters p with gradients g (times `gradientScale`) and moments m, v into p1, m1, v1. */
export function adamW(
  n: i32, p: usize, g: usize, m: usize, v: usize, p1: usize, m1: usize, v1: usize,
  gradientScale: f32, beta1: f32, beta2: f32, rest1: f32, rest2: f32, decay: f32, stepSize: f32, rootCorrection2: f32, epsilon: f32,
): void {
  const body = wholeVectors(n);
  for (let at: usize = 0; at < <usize>n << 2; at += at < body ? 16 : 4) {
    const whole = at < body;
    const gradient = f32x4.mul(take(g + at, whole), f32x4.splat(gradientScale));
    const first = f32x4.add(f32x4.mul(take(m + at, whole), f32x4.splat(beta1)), f32x4.mul(gradient, f32x4.splat(rest1)));
    const square = f32x4.mul(f32x4.mul(gradient, gradient), f32x4.splat(rest2));
    const second = f32x4.add(f32x4.mul(take(v + at, whole), f32x4.splat(beta2)), square);
    const root = f32x4.div(f32x4.sqrt(second), f32x4.splat(rootCorrection2));
    const change = f32x4.div(f32x4.mul(first, f32x4.splat(stepSize)), f32x4.add(root, f32x4.splat(epsilon)));
    put(m1 + at, first, whole);
    put(v1 + at, second, whole);
    put(p1 + at, f32x4.sub(f32x4.mul(take(p + at, whole), f32x4.splat(decay)), change), whole);
  }
}

@inline
function take(from: usize, whole: bool): v128 {
  return whole ? v128.load(from) : v128.load32_splat(from);
}

@inline
function put(to: usize, x: v128, whole: bool): void {
  if (whole) v128.store(to, x);
  else storeOne(to, x);
}
