import { expect, test } from '@jest/globals';
import { minimiseInBox } from '../../src/search/lbfgs.js';

function rosenbrock(x: Float64Array) {
  const [a, b] = [x[0]!, x[1]!];
  return {
    value: 100 * (b - a * a) ** 2 + (1 - a) ** 2,
    gradient: Float64Array.of(-400 * a * (b - a * a) - 2 * (1 - a), 200 * (b - a * a)),
  };
}
const box = (low: number, high: number) => ({
  lower: Float64Array.of(low, low),
  upper: Float64Array.of(high, high),
});

test('finds the bottom of a curved valley', () => {
  const options = { maxIterations: 300, tolerance: 1e-8 };
  const { x, value } = minimiseInBox(
    { ...box(-5, 5), evaluate: rosenbrock },
    Float64Array.of(-1.2, 1),
    options,
  );
  expect(value).toBeLessThan(1e-10);
  expect(x[0]).toBeCloseTo(1, 4);
});

test('stops on the wall where the bottom lies outside: a ≤ ½ has its minimum at (½, ¼)', () => {
  const problem = { lower: Float64Array.of(-2, -2), upper: Float64Array.of(0.5, 2), evaluate: rosenbrock };
  const { x, value } = minimiseInBox(problem, Float64Array.of(-1, 1), {
    maxIterations: 300,
    tolerance: 1e-8,
  });
  expect(x[0]).toBe(0.5);
  expect(x[1]).toBeCloseTo(0.25, 5);
  expect(value).toBeCloseTo(0.25, 8);
});

test('never leaves the box and never ends worse than its start, walls of infinity included', () => {
  const seen: Float64Array[] = [];
  const evaluate = (x: Float64Array) => {
    seen.push(x);
    if (x[0]! > 0.9) return { value: Infinity, gradient: Float64Array.of(0, 0) };
    return { value: -x[0]! - x[1]!, gradient: Float64Array.of(-1, -1) };
  };
  const { value } = minimiseInBox({ ...box(0, 1), evaluate }, Float64Array.of(0.2, 0.2));
  expect(value).toBeLessThanOrEqual(-0.4);
  expect(seen.every((p) => p.every((v) => v >= 0 && v <= 1))).toBe(true);
});
