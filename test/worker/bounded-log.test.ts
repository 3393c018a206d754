import { describe, expect, it } from '@jest/globals';
import { BoundedLog } from '../../src/worker/bounded-log.js';

describe('a bounded log', () => {
  it('lets everything through while there is room', () => {
    const log = new BoundedLog({ head: 10, tailLines: 2 });
    expect(log.add(['abc', 'def'])).toEqual(['abc', 'def']);
    expect(log.rest()).toEqual([]);
  });

  it('keeps the beginning and the end, and says how much is missing', () => {
    const log = new BoundedLog({ head: 5, tailLines: 2 });
    expect(log.add(['12345', 'a', 'b', 'c', 'd', 'e'])).toEqual(['12345']);
    expect(log.rest()).toEqual(['[… 3 lines left out …]', 'd', 'e']);
  });

  it('cuts a line that never ends', () => {
    const [line] = new BoundedLog().add(['x'.repeat(100_000)]);
    expect(line!.length).toBeLessThan(2100);
    expect(line!.endsWith('…')).toBe(true);
  });
});
