import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Evidence } from '../../src/analysis/gate-margin.js';
import { judgeGate } from '../../src/analysis/gate-verdict.js';
import { RandomStream } from '../../src/core/random.js';
import { parseGatePolicy } from '../../src/core/yaml-gate-policy.js';

const POLICY = `
name: support
requirements:
  - {role: in_domain, gainAtLeast: 0.02}
  - {role: out_of_domain, noWorseThan: 2%}
  - {set: chat, score: insult, none: true}
`;
const random = new RandomStream(3, 'gate');

/** Bits per byte of n items, the adapter better than the base by `gain` on average. */
function scored(set: string, role: string, gain: number, n = 120, noise = 0.05): Evidence {
  const baseValues = Array.from({ length: n }, () => 2 + 0.3 * random.nextNormal());
  const values = baseValues.map((one) => one - gain + noise * random.nextNormal());
  const about = { set, role, score: 'bits_per_byte', goal: 'minimize', itemsHash: `hash of ${set}` } as const;
  return { ...about, values, baseValues, weights: null, groups: null };
}

function outputs(forbidden: number, n = 80): Evidence {
  const values = Array.from({ length: n }, (_, i) => (i < forbidden ? 1 : 0));
  const about = { set: 'chat', role: 'base_capability', score: 'insult', goal: 'minimize' } as const;
  return { ...about, itemsHash: 'hash of chat', values, baseValues: null, weights: null, groups: null };
}

const policy = parseGatePolicy(POLICY);

describe('the verdict', () => {
  test('ships what is shown to keep every requirement', () => {
    const found = judgeGate(policy, [
      scored('speeches', 'in_domain', 0.05),
      scored('genre', 'out_of_domain', 0),
      outputs(0),
    ]);
    expect(found).toMatchObject({
      verdict: 'ship',
      why: 'all 3 requirements are shown to be met',
      moreItems: null,
    });
    const [gain, margin, none] = found.results;
    expect(gain).toMatchObject({ state: 'met', limit: 0.02, itemsHash: 'hash of speeches' });
    expect(gain!.bound).toBeGreaterThan(0.02);
    expect(margin!.limit).toBeCloseTo(-0.04, 2);
    expect(none!.words).toBe(
      'chat: insult must be 0 on every item: met, none of 80 outputs; a rate above 3.68 % would have shown one with confidence 95 %',
    );
    expect(gain!.words).toMatch(
      /^speeches: bits_per_byte must gain at least 0\.02: met \(gain 0\.0\d+, at least 0\.0\d+ with confidence 95 %, limit 0\.02; n = 120\)$/,
    );
  });

  test('does not ship what is shown to miss one, be it one forbidden output', () => {
    const worse = judgeGate(policy, [
      scored('speeches', 'in_domain', 0.05),
      scored('genre', 'out_of_domain', -0.1),
      outputs(0),
    ]);
    expect(worse).toMatchObject({ verdict: 'do_not_ship', why: '1 of 3 requirements shown to be missed' });
    expect(worse.results[1]!.bound).toBeLessThan(worse.results[1]!.limit!);
    const rude = judgeGate(policy, [
      scored('speeches', 'in_domain', 0.05),
      scored('genre', 'out_of_domain', 0),
      outputs(1),
    ]);
    expect(rude).toMatchObject({ verdict: 'do_not_ship' });
    expect(rude.results[2]!.words).toContain('missed, 1 of 80 outputs');
  });

  test('asks for more items where the bound is on neither side, and for sets that nobody evaluated', () => {
    const near = judgeGate(policy, [
      scored('speeches', 'in_domain', 0.026),
      scored('genre', 'out_of_domain', 0),
      outputs(0),
    ]);
    expect(near.verdict).toBe('not_enough_evidence');
    expect(near.moreItems).toBeGreaterThan(50);
    expect(near.results[0]!.words).toMatch(/not enough evidence, about \d+ more items would decide/);
    const few = judgeGate(policy, [
      scored('speeches', 'in_domain', 0.5, 20),
      scored('genre', 'out_of_domain', 0),
      outputs(0, 45),
    ]);
    expect(few).toMatchObject({ verdict: 'not_enough_evidence', moreItems: 30 });
    const missing = judgeGate(policy, [scored('speeches', 'in_domain', 0.05)]);
    expect(missing).toMatchObject({ verdict: 'not_enough_evidence', moreItems: null });
    expect(missing.results[1]!.words).toBe(
      'any set in the role out_of_domain: bits_per_byte must be no worse than the base by more than 2 % of the base: no items with this score were recorded: evaluate it, and ask again',
    );
    const base = { ...scored('speeches', 'in_domain', 0.05), baseValues: null };
    expect(judgeGate(policy, [base]).results[0]).toMatchObject({ state: 'undecided', lacks: 'base' });
  });

  test('a score that is no number is a miss, however good the rest is', () => {
    const broken = scored('speeches', 'in_domain', 0.5);
    (broken.values as number[])[7] = Number.NaN;
    const found = judgeGate(policy, [broken]);
    expect(found).toMatchObject({ verdict: 'do_not_ship' });
    expect(found.results[0]!.words).toContain('missed: no finite score on 1 items');
  });

  test('a group that gets worse is seen beside a good whole; clustered items count by groups', () => {
    const all = scored('speeches', 'in_domain', 0.1, 300, 0.02);
    const groups = Array.from({ length: 300 }, (_, i) => (i % 5 === 0 ? 'welsh' : 'english'));
    const values = Array.from(all.values, (one, i) => (groups[i] === 'welsh' ? one + 0.2 : one));
    const each = parseGatePolicy('requirements: [{set: speeches, noWorseThan: 0, eachGroup: true}]');
    const found = judgeGate(each, [{ ...all, values, groups }]);
    expect(found.results.map(({ group, state }) => [group, state])).toEqual([
      [null, 'met'],
      ['english', 'met'],
      ['welsh', 'violated'],
    ]);
    const clustered = parseGatePolicy('requirements: [{set: speeches, noWorseThan: 0, clustered: true}]');
    const authors = Array.from({ length: 300 }, (_, i) => `author ${i % 10}`);
    expect(judgeGate(clustered, [{ ...all, groups: authors }])).toMatchObject({
      verdict: 'not_enough_evidence',
      results: [{ items: 300, units: 10, moreItems: 1200 }],
    });
  });

  test('a limit on the adapter itself needs no base', () => {
    const rate = parseGatePolicy('requirements: [{set: chat, score: insult, meanAtMost: 0.1}]');
    const found = judgeGate(rate, [outputs(2, 200)]);
    expect(found).toMatchObject({ verdict: 'ship', results: [{ estimate: 0.01, limit: 0.1 }] });
    expect(found.results[0]!.bound).toBeGreaterThan(0.02);
    expect(judgeGate(rate, [outputs(60, 200)])).toMatchObject({ verdict: 'do_not_ship' });
  });
});

test('a policy that cannot be read names every field', () => {
  const text =
    'confidence: 2\nrequirements:\n  - {set: a, role: in_domain, gainAtLeast: 1}\n  - {set: a, noWorseThan: -1}\n  - {sett: b}';
  expect(() => parseGatePolicy(text, 'policy.yaml')).toThrow(
    expect.objectContaining({
      code: 'INVALID_INPUT',
      problems: expect.arrayContaining([
        expect.objectContaining({ field: 'confidence', line: 1 }),
        expect.objectContaining({
          field: 'requirements[2].sett',
          message: 'unknown key "sett", did you mean "set"?',
        }),
      ]),
    }),
  );
  const both =
    'requirements:\n  - {set: a, role: in_domain, gainAtLeast: 1, none: true}\n  - {set: a, noWorseThan: -1}';
  expect(() => parseGatePolicy(both)).toThrow(
    expect.objectContaining({
      problems: [
        expect.objectContaining({
          field: 'requirements[0].set',
          message: 'give exactly one of set and role',
        }),
        expect.objectContaining({ field: 'requirements[0].gainAtLeast' }),
        expect.objectContaining({ field: 'requirements[1].noWorseThan' }),
      ],
    }),
  );
});

test('the policy of the example data can be read', () => {
  const file = new URL('../../datasets/era/policy.yaml', import.meta.url);
  expect(parseGatePolicy(readFileSync(file, 'utf8')).requirements).toHaveLength(3);
});
