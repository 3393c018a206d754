import { expect, test } from '@jest/globals';
import { adapterDistance, type Matrix } from '../../src/analysis/adapter-distance.js';

const matrix = (shape: number[], values: number[]): Matrix => ({ shape, values });
const base = 'base_model.model.layers.0.q_proj';
const pair = (a: number[], b: number[]) =>
  new Map([
    [`${base}.lora_A.weight`, matrix([2, 3], a)],
    [`${base}.lora_B.weight`, matrix([2, 2], b)],
  ]);
const A = [1, 2, 3, 4, 5, 6];
const B = [1, -1, 2, 0.5];

/** ‖B₁A₁ − B₂A₂‖ / max ‖BA‖ by the definition. */
function directly(a1: number[], b1: number[], a2: number[], b2: number[]): number {
  const product = (b: number[], a: number[]) =>
    [0, 1].flatMap((i) => [0, 1, 2].map((j) => b[i * 2]! * a[j]! + b[i * 2 + 1]! * a[3 + j]!));
  const [first, second] = [product(b1, a1), product(b2, a2)];
  const norm = (values: number[]) => Math.hypot(...values);
  return norm(first.map((value, i) => value - second[i]!)) / Math.max(norm(first), norm(second));
}

test('the distance is that of the products, by the definition', () => {
  const [a2, b2] = [A.map((value) => value * 1.1), [1, -1, 2, 0.7]];
  const distance = adapterDistance(pair(A, B), pair(a2, b2));
  expect(distance).toMatchObject({ largestModule: base, isIdentical: false });
  expect('relative' in distance && distance.relative).toBeCloseTo(directly(A, B, a2, b2), 12);
});

test('a tiny distance does not drown in rounding', () => {
  const a2 = A.map((value, i) => (i === 4 ? value + 1e-12 : value));
  const distance = adapterDistance(pair(A, B), pair(a2, B));
  // only A[1,1] changes: the difference of the products is B's second column times 1e-12
  const expected = (Math.hypot(-1, 0.5) * (a2[4]! - A[4]!)) / Math.hypot(-3, -3, -3, 4, 6.5, 9);
  expect(('relative' in distance && distance.relative / expected) || 0).toBeCloseTo(1, 9);
});

test('a product that is split otherwise is not apart, and yet not identical', () => {
  const distance = adapterDistance(
    pair(A, B),
    pair(
      A.map((v) => v * 2),
      B.map((v) => v / 2),
    ),
  );
  expect(distance).toMatchObject({ isIdentical: false, relative: expect.closeTo(0, 7) });
});

test('other tensors are compared as they are; the module that is furthest is named', () => {
  const other = (value: number) => new Map([...pair(A, B), ['norm.weight', matrix([2], [3, value])]]);
  const distance = adapterDistance(other(4), other(0));
  expect(distance).toMatchObject({ largestModule: 'norm.weight', modules: { [base]: 0 } });
  expect('modules' in distance && distance.modules['norm.weight']).toBeCloseTo(4 / 5, 12);
  expect(adapterDistance(other(4), other(4))).toMatchObject({ relative: 0, isIdentical: true });
});

test('adapters of another shape are not compared', () => {
  expect(adapterDistance(pair(A, B), new Map([[`${base}.lora_A.weight`, matrix([2, 3], A)]]))).toEqual({
    why: `${base}.lora_B.weight is not in both with one shape`,
  });
});
