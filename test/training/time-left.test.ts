import { describe, expect, it } from '@jest/globals';
import { TimeLeft } from '../../src/training/time-left.js';

describe('the time that is left', () => {
  it('is steps, validations and the last scoring, and one slow step changes nothing', () => {
    const left = new TimeLeft(100, 25, 7);
    left.validationTook(3);
    for (let step = 1; step <= 50; step++) left.stepTook(step === 49 ? 60 : 2);
    // after step 50, whose own validation is still to come: 50 steps, validations of 50, 75 and 100
    expect(left.after(50)).toBe(50 * 2 + 3 * 3 + 7);
    expect(left.after(51)).toBe(49 * 2 + 2 * 3 + 7);
    expect(left.after(100)).toBe(3 + 7);
  });

  it('counts one validation at the end where that is no multiple of the interval', () => {
    const left = new TimeLeft(10, 4, 0);
    left.validationTook(1);
    expect([left.after(1), left.after(4), left.after(5), left.after(9)]).toEqual([3, 3, 2, 1]);
    const atEnd = new TimeLeft(10, null, 0);
    atEnd.validationTook(1);
    expect(atEnd.after(9)).toBe(1);
  });

  it('follows a speed that has changed', () => {
    const left = new TimeLeft(200, null, 0);
    for (let step = 1; step <= 100; step++) left.stepTook(step <= 60 ? 1 : 4);
    expect(left.after(100)).toBe(400);
  });
});
