import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type EarlyTerminate, readEarlyTerminate } from '../../src/core/early-terminate.js';
import { type Goal, metricFromJson } from '../../src/core/metric-value.js';
import { RandomStream } from '../../src/core/random.js';
import { FieldReader } from '../../src/core/yaml-fields.js';
import { readYaml } from '../../src/core/yaml-source.js';
import { predictStopped } from '../../src/search/pruners/curve.js';
import { predictFinal } from '../../src/search/pruners/curve-model.js';
import { decideStop } from '../../src/search/pruners/decide-stop.js';
import type { Progress, TrialCurve } from '../../src/search/pruners/pruner.js';
import { type TimedCurve, type TimedTrial, whatIf, whatIfSeveral } from '../../src/search/pruners/what-if.js';

const UNKNOWN: Progress = { maxSteps: null, warmupSteps: 0 };

function ruleOf(fields: object): EarlyTerminate {
  const yaml = readYaml(JSON.stringify(fields), 'rule');
  const reader = new FieldReader(yaml);
  const rule = readEarlyTerminate(reader, yaml.value, []);
  expect(reader.problems).toEqual([]);
  return rule!;
}

describe('decisions of Optuna, one by one', () => {
  type Event = [trial: number, step: number, value: unknown, prune: boolean];
  const fixture: { steps: number; cases: { rule: { type: string }; goal: Goal; events: Event[] }[] } =
    JSON.parse(readFileSync('test/fixtures/search/stopping.json', 'utf8'));

  test.each(fixture.cases)('$rule.type $rule $goal', ({ rule: fields, goal, events }) => {
    const rule = ruleOf(fields);
    const curves = new Map<number, TrialCurve & { steps: number[]; values: number[] }>();
    const decisions = events.map(([trial, step, json]) => {
      const curve = curves.get(trial) ?? { trial, steps: [], values: [], isFinished: false };
      curves.set(trial, curve);
      curve.steps.push(step);
      curve.values.push(metricFromJson(json)!);
      const peers = [...curves.values()].filter((other) => other !== curve);
      // Optuna judges a rung on arrival only, and so do we where a rung is not passed yet.
      const decision = decideStop(curve, peers, rule, goal, { ...UNKNOWN, maxSteps: fixture.steps + 1 });
      const isNew = decision !== null && (decision.rung === 0 || decision.step === step);
      const stop = isNew && decision.stop;
      if (step === fixture.steps && !stop) curve.isFinished = true;
      return stop;
    });
    expect(decisions.filter(Boolean).length).toBeGreaterThan(3);
    expect(decisions).toEqual(events.map(([, , , prune]) => prune));
  });
});

describe('the curve model', () => {
  const prior = { mean: 2, sd: 1 };

  test('a power law without noise is followed to its end', () => {
    const law = (t: number) => 1.5 + 2 * (t / 100) ** -0.5 - 2;
    const steps = Array.from({ length: 20 }, (_, i) => 2 * (i + 1));
    const { mean, sd } = predictFinal(steps, steps.map(law), 100, prior);
    expect(Math.abs(mean - 1.5)).toBeLessThan(0.02);
    expect(sd).toBeLessThan(0.05);
  });

  test('one exponent and known noise: the closed form of Bayesian regression', () => {
    // Two points, so that the residual variance is nothing and its floor is used: range·1e-3.
    const { parts } = predictFinal([50, 100], [3, 2], 100, { mean: 2, sd: 1 });
    const index = 4; // c = 0.5: u = √2 - 1 and 0
    const u = Math.SQRT2 - 1;
    const noise = 1e-3 ** 2;
    const pb = (u / 3) ** 2;
    const [saa, sab, sbb] = [2 / noise + 1, u / noise, (u * u) / noise + pb];
    const det = saa * sbb - sab * sab;
    const mean = 2 + (sbb * (1 / noise) - sab * (u / noise)) / det;
    expect(parts[index]!.mean).toBeCloseTo(mean, 9);
    expect(parts[index]!.variance).toBeCloseTo(sbb / det, 12);
  });
});

/** Curves like those of the study: a power law, an annealing term that makes them cross, noise. */
function simulated(seed: number, trials: number, steps: number): TimedCurve[] {
  const random = new RandomStream(seed, 'curves');
  return Array.from({ length: trials }, (_, i) => {
    const [end, rate, heat] = [1.5 + 0.5 * random.next(), 0.3 + random.next(), 0.3 * random.next()];
    const at = Array.from({ length: steps }, (_, s) => s + 1);
    const noise = () => 0.01 * (random.next() + random.next() + random.next() - 1.5);
    const values = at.map((s) => end + (s / steps) ** -rate * 0.3 - 0.3 + heat * (1 - s / steps) + noise());
    const times = at.map((s) => Math.floor(i / 2) * 1000 + s * 10);
    return { trial: i + 1, steps: at, values, times, isFinished: true };
  });
}

describe('a stopped trial', () => {
  const progress = { maxSteps: 40, warmupSteps: 0 };
  const cut = ({ steps, values, ...rest }: TrialCurve, count: number): TrialCurve => ({
    ...rest,
    ...{
      steps: Array.from(steps).slice(0, count),
      values: Array.from(values).slice(0, count),
      isFinished: false,
    },
  });

  test('is expected to end near where it would have, as unsure as it says', () => {
    const errors = [1, 2, 3, 4].flatMap((seed) => {
      const curves = simulated(seed, 24, 40);
      return curves.slice(8).map((curve) => {
        const end = predictStopped(cut(curve, 16), curves.slice(0, 8), 'minimize', progress)!;
        const truth = curve.values[39]!;
        return {
          own: end.mean - truth,
          z: (end.mean - truth) / Math.sqrt(end.variance),
          last: curve.values[15]! - truth,
        };
      });
    });
    const rms = (values: number[]) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
    expect(rms(errors.map(({ own }) => own))).toBeLessThan(0.5 * rms(errors.map(({ last }) => last)));
    expect(rms(errors.map(({ z }) => z))).toBeGreaterThan(0.5);
    expect(rms(errors.map(({ z }) => z))).toBeLessThan(1.5);
  });

  test('is not expected to beat what has finished', () => {
    const steps = Array.from({ length: 40 }, (_, i) => i + 1);
    const falling = (end: number, trial: number): TrialCurve => ({
      ...{ trial, steps, values: steps.map((s) => end + 4 / s), isFinished: true },
    });
    const peers = [1, 1.1, 1.2, 1.3].map((end, i) => falling(end, i + 1));
    const end = predictStopped(cut(falling(0.2, 5), 16), peers, 'minimize', progress)!;
    expect(end.mean).toBeCloseTo(1.1, 12);
  });

  test('is mirrored where the goal is to maximise, and unknown without finished trials or points', () => {
    const curves = simulated(5, 6, 40);
    const mirrored = curves.map((curve) => ({ ...curve, values: Array.from(curve.values, (v) => -v) }));
    const down = predictStopped(cut(curves[5]!, 16), curves.slice(0, 5), 'minimize', progress)!;
    const up = predictStopped(cut(mirrored[5]!, 16), mirrored.slice(0, 5), 'maximize', progress)!;
    expect(up.mean).toBeCloseTo(-down.mean, 10);
    expect(up.variance).toBeCloseTo(down.variance, 10);
    expect(predictStopped(cut(curves[5]!, 16), curves.slice(0, 1), 'minimize', progress)).toBeNull();
    expect(predictStopped(cut(curves[5]!, 2), curves.slice(0, 5), 'minimize', progress)).toBeNull();
  });
});

describe('what if', () => {
  const LOSS = { name: 'loss', goal: 'minimize' as const };
  const progress = () => ({ maxSteps: 40, warmupSteps: 4 });

  test('the curve rule saves steps and seldom stops what would have been the best', () => {
    const results = [1, 2, 3, 4, 5, 6].map((seed) =>
      whatIf(simulated(seed, 24, 40), ruleOf({ type: 'curve' }), LOSS, progress),
    );
    const saved = results.reduce((sum, r) => sum + r.saved / r.steps, 0) / results.length;
    expect(saved).toBeGreaterThan(0.2);
    expect(results.flatMap(({ lost }) => lost).length).toBeLessThanOrEqual(1);
  });

  test('it tells when each would have stopped, what that saves and what it loses', () => {
    const curve = (trial: number, values: number[], time: number): TimedCurve => ({
      ...{ trial, values, steps: [1, 2, 3], times: [time, time + 1, time + 2], isFinished: true },
    });
    // The second starts badly and ends best: the rule would have lost it.
    const curves = [curve(1, [5, 4, 3], 0), curve(2, [9, 5, 1], 10), curve(3, [4, 3, 2], 20)];
    const rule = ruleOf({ type: 'asha', min_steps: 1, max_steps: 3, eta: 2 });
    expect(whatIf(curves, rule, LOSS, () => UNKNOWN)).toMatchObject({
      trials: [
        { decision: null },
        { decision: { rung: 1, value: 9, threshold: 5 }, saved: 2 },
        { decision: null },
      ],
      ...{ steps: 9, saved: 2, best: 1, bestKept: 2, lost: [2] },
    });
  });

  test('several metrics: what is bad in one goes on, and the front says what was lost', () => {
    const curve = (trial: number, values: number[], time: number): TimedCurve => ({
      ...{ trial, values, steps: [1, 2, 3], times: [time, time + 1, time + 2], isFinished: true },
    });
    const of = (trial: number, a: number[], b: number[]): TimedTrial => ({
      ...{ trial, curves: [curve(trial, a, 10 * trial), curve(trial, b, 10 * trial)] },
      result: [a[2]!, b[2]!],
    });
    // The second is bad in one metric, the third in both at first, and it ends on the front.
    const trials = [of(1, [5, 4, 3], [5, 4, 3]), of(2, [9, 9, 9], [1, 1, 1]), of(3, [9, 9, 1], [9, 9, 2])];
    const rule = ruleOf({ type: 'asha', min_steps: 1, max_steps: 3, eta: 2 });
    const metrics = [LOSS, { ...LOSS, name: 'other' }];
    const found = whatIfSeveral(trials, rule, metrics, ['minimize', 'minimize'], () => UNKNOWN);
    expect(found.trials.map(({ decision }) => decision?.metric ?? null)).toEqual([null, null, 'loss']);
    expect(found).toMatchObject({ steps: 9, saved: 2, best: null, front: [2, 3], lost: [3] });
    expect(found.trials[2]!.decision!.judged).toHaveLength(2);
  });

  test('nothing is stopped in the warm-up', () => {
    const curves = simulated(3, 12, 40);
    const rule = ruleOf({ type: 'asha', min_steps: 1, eta: 2 });
    const rungs = (warmupSteps: number) =>
      whatIf(curves, rule, LOSS, () => ({ maxSteps: 40, warmupSteps })).trials.map(
        ({ decision }) => decision?.step ?? 40,
      );
    expect(Math.min(...rungs(0))).toBe(1);
    expect(Math.min(...rungs(10))).toBeGreaterThanOrEqual(10);
  });
});

test('faulty rules: the field, what was found, what is allowed', () => {
  const problems = (fields: object) => {
    const yaml = readYaml(JSON.stringify(fields), 'rule');
    const reader = new FieldReader(yaml);
    readEarlyTerminate(reader, yaml.value, []);
    return reader.problems.map(({ field, message }) => `${field}: ${message}`);
  };
  expect(problems({ type: 'medain' })).toEqual(['type: found "medain", did you mean "median"?']);
  expect(problems({ type: 'curve', threshold: 2 })).toEqual([
    'threshold: found 2, expected a number above 0 and below 1',
  ]);
  expect(problems({ type: 'asha', min_steps: 9, max_steps: 3 })).toEqual([
    'min_steps: found 9, expected less than max_steps, 3',
  ]);
  expect(problems({ type: 'median', min_iter: 3 })[0]).toContain('unknown key "min_iter"');
});
