import { describe, expect, test } from '@jest/globals';
import { RandomStream } from '../../src/core/random.js';
import type { SearchSpace } from '../../src/core/search-space.js';
import type { Acquisition } from '../../src/search/acquisition-function.js';
import { searchAcquisition } from '../../src/search/acquisition-search.js';
import { decodePoint, encodedSpace } from '../../src/search/encode.js';
import { combinationsOf } from '../../src/search/mixed-search.js';

const space: SearchSpace = [
  { kind: 'float', name: 'x', min: 0, max: 1, scale: 'linear' },
  { kind: 'categorical', name: 'a', values: ['p', 'q', 'r', 's', 't'] },
  { kind: 'categorical', name: 'b', values: [1, 2, 4, 8, 16, 32] },
  { kind: 'categorical', name: 'c', values: ['u', 'v', 'w', 'x', 'y', 'z'] },
];

/** The best of 180 combinations is narrow, the second best wide: from there only changing three levels together leads over. */
const twoHills: Acquisition = {
  value: (x) => -hill(x).distance,
  sloped: (x) => ({ value: -hill(x).distance, slopes: Float64Array.of(hill(x).slope, 0, 0, 0) }),
};

function hill(x: Float64Array): { distance: number; slope: number } {
  const isBest = x[1] === 3 && x[2] === 0.8 && x[3] === 5;
  const isSecond = x[1] === 0 && x[2] === 0.2 && x[3] === 0;
  const [at, base, curvature] = isBest ? [0.75, 0, 50] : isSecond ? [0.9, 0.5, 4] : [0.9, 3, 4];
  return { distance: base + curvature * (x[0]! - at) ** 2, slope: -2 * curvature * (x[0]! - at) };
}

describe('a space with few combinations', () => {
  test('the best is found, exactly, whatever the scatter of the candidates', () => {
    for (let seed = 0; seed < 20; seed++) {
      const encoded = encodedSpace(space);
      const [best] = searchAcquisition(twoHills, encoded, [], new RandomStream(seed, 'test'));
      expect(decodePoint(encoded, best!.x)).toEqual({ x: expect.closeTo(0.75, 4), a: 's', b: 16, c: 'z' });
    }
  });

  test('what a constraint forbids is not suggested', () => {
    const encoded = encodedSpace(space, ['not (a == "s" and b == 16)']);
    const [best] = searchAcquisition(twoHills, encoded, [], new RandomStream(1, 'test'));
    expect(decodePoint(encoded, best!.x)).toEqual({ x: expect.closeTo(0.9, 4), a: 'p', b: 2, c: 'u' });
  });

  test('all combinations, once; none where they are many or there is nothing to combine', () => {
    const all = combinationsOf(encodedSpace(space))!;
    expect(all).toHaveLength(180);
    expect(new Set(all.map((x) => x.join())).size).toBe(180);
    expect(combinationsOf(encodedSpace(space.slice(0, 1)))).toBeUndefined();
    const many = { ...space[2]!, name: 'd' };
    expect(combinationsOf(encodedSpace([...space, many]))).toBeUndefined();
  });
});
