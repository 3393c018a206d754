// biome-ignore-all lint/suspicious/noTemplateCurlyInString: W&B's macros look like templates
import { describe, expect, test } from '@jest/globals';
import { RanksweepError } from '../../src/core/errors.js';
import { commandFor } from '../../src/core/sweep-config-command.js';
import { resolveTrialConfig, withParameters } from '../../src/core/sweep-config-trial.js';
import { parseRunConfig } from '../../src/core/yaml-run-config.js';

const run = { model: 'm', data: { train: 't' }, steps: 5, lora: { alpha: 4 } };

describe('the config of a trial', () => {
  test('parameters override paths, defaults are filled in, the sweep stays as it was', () => {
    const before = JSON.stringify(run);
    const config = resolveTrialConfig(
      { run },
      { 'lora.rank': 2, 'optimizer.schedule.name': 'cosine', lora: { alpha: 1 } },
    );
    expect(config.optimizer.schedule.name).toBe('cosine');
    expect(config.lora).toMatchObject({ alpha: 1, rank: 8 });
    expect(resolveTrialConfig({ run }, { 'lora.rank': 2 }).lora).toMatchObject({ alpha: 4, rank: 2 });
    expect(JSON.stringify(run)).toBe(before);
  });

  test('a path through nothing makes the maps on its way; prototypes are not reached', () => {
    expect(withParameters({}, { 'a.b.c': 1, 'a.d': 2 })).toEqual({ a: { b: { c: 1 }, d: 2 } });
    withParameters({}, { '__proto__.polluted': 1, 'constructor.prototype.polluted': 1 });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('what does not fit is named', () => {
    expect(() => resolveTrialConfig({ run }, { 'lora.rank': 0 })).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        problems: [{ field: 'lora.rank', message: 'found 0, expected a number above 0' }],
      }),
    );
    expect(() => resolveTrialConfig({ run: null }, {})).toThrow(RanksweepError);
  });
});

describe("W&B's command macros", () => {
  const parameters = { lr: 0.001, 'opt.name': 'adam w', fast: true, slow: false, none: null, list: [1, 2] };
  const filled = (...command: string[]) =>
    commandFor({ command, program: 'train.py' }, parameters, { HOME_DIR: '/h' });

  test.each([
    ['${env}', ['/usr/bin/env']],
    ['${interpreter}', ['python']],
    ['${program}', ['train.py']],
    [
      '${args}',
      ['--lr=0.001', '--opt.name=adam w', '--fast=True', '--slow=False', '--none=None', '--list=[1,2]'],
    ],
    [
      '${args_no_hyphens}',
      ['lr=0.001', 'opt.name=adam w', 'fast=True', 'slow=False', 'none=None', 'list=[1,2]'],
    ],
    [
      '${args_no_boolean_flags}',
      ['--lr=0.001', '--opt.name=adam w', '--fast', '--none=None', '--list=[1,2]'],
    ],
    ['${args_json}', ['{"lr":0.001,"opt.name":"adam w","fast":true,"slow":false,"none":null,"list":[1,2]}']],
    ['--out=${envvar:HOME_DIR}/x', ['--out=/h/x']],
    ['${envvar:UNSET}', ['UNSET']],
    ['plain ${args}', ['plain ${args}']],
  ])('%s', (item, expected) => {
    expect(filled(item)).toEqual(expected);
  });

  test('values with spaces and shell characters stay one argument', () => {
    const command = commandFor({ command: ['${args}'], program: null }, { x: '$(rm -rf /); "a b"' });
    expect(command).toEqual(['--x=$(rm -rf /); "a b"']);
  });
});

describe('a run config from YAML', () => {
  test('complete', () => {
    const config = parseRunConfig('model: m\ndata: {train: t}\nepochs: 2\noptimizer: {learningRate: 1e-2}');
    expect(config).toMatchObject({ epochs: 2, steps: null, optimizer: { learningRate: 0.01, beta1: 0.9 } });
  });

  test('every problem with its place', () => {
    const text =
      'model: m\ndata: {train: t}\nsteps: 2.5\nlora: {rnk: 4, alpha: "16"}\nevaluations: [{name: a b, role: in_domain, data: d}]';
    expect(() => parseRunConfig(text, 'r.yaml')).toThrow(
      expect.objectContaining({
        message: '4 problems in r.yaml',
        problems: [
          { field: 'steps', message: 'found 2.5, expected a whole number', line: 3, column: 8 },
          { field: 'lora.rnk', message: 'unknown key "rnk", did you mean "rank"?', line: 4, column: 8 },
          {
            ...{ field: 'lora.alpha', line: 4, column: 23 },
            message: 'found "16", expected a number: write 16 without quotes',
          },
          {
            ...{ field: 'evaluations[0].name', line: 5, column: 22 },
            message: 'found "a b", expected text that matches /^[A-Za-z0-9_.-]+$/',
          },
        ],
      }),
    );
  });
});
