import { readFileSync } from 'node:fs';

/** An independent answer of test/fixtures/search; make.py there is its recipe. */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(`test/fixtures/search/${name}.json`, 'utf8')) as T;
}

/** |a − b| relative to the larger. */
export function relativeError(a: number, b: number): number {
  return Math.abs(a - b) / Math.max(1e-300, Math.abs(a), Math.abs(b));
}

/** df/dx_k of every coordinate by central differences. */
export function centralDifferences(f: (x: Float64Array) => number, x: Float64Array, step = 1e-5): number[] {
  return Array.from(x, (_, k) => {
    const [up, down] = [x.slice(), x.slice()];
    up[k]! += step;
    down[k]! -= step;
    return (f(up) - f(down)) / (2 * step);
  });
}
