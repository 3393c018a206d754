import { describe, expect, it } from '@jest/globals';
import { AdamW, clipGradients, globalNorm } from '../../src/training/adamw.js';
import { scheduleFactor } from '../../src/training/schedule.js';

const SETTINGS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };

describe('AdamW', () => {
  it('moves by the learning rate against the sign of the first gradient, after the decay', () => {
    const values = Float32Array.of(1, -2, 3);
    const optimizer = new AdamW(SETTINGS);
    optimizer.advance();
    optimizer.update('w', values, [5, -0.01, 0], 0.01);
    // m̂/√v̂ is the sign in the first step; the decay multiplies by 1 - 0.01·0.1.
    const wanted = [0.999 - 0.01, -2 * 0.999 + 0.01, 3 * 0.999];
    expect([...values]).toEqual(wanted.map((value) => expect.closeTo(value, 5)));
  });

  it('decays only what it is told to', () => {
    const values = Float32Array.of(1);
    const optimizer = new AdamW(SETTINGS);
    optimizer.advance();
    optimizer.update('norm', values, [0], 0.01, false);
    expect(values[0]).toBe(1);
  });
});

describe('clipping', () => {
  it('scales all gradients by one factor, so that their common norm is the largest allowed', () => {
    const gradients = [Float32Array.of(3, 0), Float32Array.of(0, 4)];
    expect(globalNorm(gradients)).toBe(5);
    clipGradients(gradients, 5, 1);
    expect(globalNorm(gradients)).toBeCloseTo(1, 5);
    expect(gradients[0]![0]).toBeCloseTo(0.6, 5);
  });

  it('leaves short gradients alone', () => {
    const gradients = [Float32Array.of(0.3, 0.4)];
    clipGradients(gradients, 0.5, 1);
    expect(gradients[0]).toEqual(Float32Array.of(0.3, 0.4));
  });
});

describe('schedules', () => {
  const factors = (name: 'constant' | 'linear' | 'cosine', warmupSteps: number, steps: number, floor = 0) =>
    Array.from({ length: steps }, (_, i) => scheduleFactor({ name, warmupSteps, floor }, i + 1, steps));

  // transformers' get_linear_schedule_with_warmup(2, 6) and get_cosine_schedule_with_warmup(0, 4).
  it("are those of transformers' get_*_schedule_with_warmup", () => {
    expect(factors('linear', 2, 6)).toEqual([0, 0.5, 1, 0.75, 0.5, 0.25]);
    const cosine = [0, 0.25, 0.5, 0.75].map((x) => expect.closeTo((1 + Math.cos(Math.PI * x)) / 2));
    expect(factors('cosine', 0, 4)).toEqual(cosine);
    expect(factors('constant', 0, 3)).toEqual([1, 1, 1]);
  });

  it('end at the floor', () => {
    expect(scheduleFactor({ name: 'cosine', warmupSteps: 0, floor: 0.1 }, 11, 10)).toBeCloseTo(0.1);
  });
});
