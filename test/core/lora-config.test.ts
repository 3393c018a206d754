import { describe, expect, it } from '@jest/globals';
import type { RanksweepError } from '../../src/core/errors.js';
import { runConfigPaths } from '../../src/core/sweep-config-paths.js';
import { parseRunConfig } from '../../src/core/yaml-run-config.js';

const parse = (lora: string, optimizer = '{}', rest = '') =>
  parseRunConfig(
    `model: m\ndata: {train: t}\nsteps: 1\nlora: ${lora}\noptimizer: ${optimizer}\n${rest}`,
    'f',
  );

/** field: message of each problem. */
function problemsOf(...parts: Parameters<typeof parse>): string[] {
  try {
    parse(...parts);
    return [];
  } catch (error) {
    return (error as RanksweepError).problems.map(({ field, message }) => `${field}: ${message}`);
  }
}

it('takes what PEFT takes, with defaults that change nothing', () => {
  expect(parse('{}').lora).toEqual({
    rank: 8,
    alpha: 16,
    dropout: 0,
    targetModules: 'all-linear',
    useRslora: false,
    useDora: false,
    rankPattern: {},
    alphaPattern: {},
    modulesToSave: [],
    initialization: 'default',
    bias: 'none',
  });
  const { lora, optimizer } = parse(
    "{targetModules: [layers.0.mlp.up_proj, lm_head], rankPattern: {'layers\\.0\\..*': 2}, modulesToSave: [norm]}",
    '{loraPlusRatio: 16}',
  );
  expect(lora).toMatchObject({ rankPattern: { 'layers\\.0\\..*': 2 }, modulesToSave: ['norm'] });
  expect(optimizer.loraPlusRatio).toBe(16);
});

it('has each field as a path of a sweep', () => {
  for (const field of ['useDora', 'rankPattern', 'alphaPattern', 'modulesToSave', 'initialization'])
    expect(runConfigPaths()).toContain(`lora.${field}`);
  expect(runConfigPaths()).toContain('optimizer.loraPlusRatio');
});

describe.each([
  ['{targetModules: [layers.0.mlp.up_prj]}', 'lora.targetModules[0]: found "layers.0.mlp.up_prj"'],
  ["{rankPattern: {'(': 2}}", '"(" is no regular expression'],
  ['{rankPattern: {q_proj: 0}}', 'rankPattern.q_proj: found 0, expected a number above 0'],
  ['{alphaPattern: {q_proj: big}}', 'alphaPattern.q_proj: found "big", expected a number'],
  ['{bias: all}', 'lora.bias: found "all", expected "none"'],
  ['{initialization: olora}', 'lora.initialization: found "olora", allowed: default, pissa'],
  ['{modulesToSave: lm_head}', 'lora.modulesToSave: found "lm_head", expected a list'],
])('%s', (lora, problem) => {
  it('is refused', () => expect(problemsOf(lora)).toEqual([expect.stringContaining(problem)]));
});

it('refuses a ratio that slows B down, and PiSSA on a quantised base', () => {
  expect(problemsOf('{}', '{loraPlusRatio: 0.5}')).toEqual([
    'optimizer.loraPlusRatio: found 0.5, expected a number of at least 1',
  ]);
  const [problem] = problemsOf('{initialization: pissa}', '{}', 'quantization: nf4');
  expect(problem).toContain('lora.initialization: pissa changes the base');
});
