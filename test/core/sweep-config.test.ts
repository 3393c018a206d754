// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the macros of W&B look like templates
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { NO_STOP_RULES } from '../../src/core/stop-rules.js';
import { parseSweep } from '../../src/core/sweep-config.js';
import { COMMAND, faults, RUN } from './sweep-file.js';

const parameters = (yaml: string) => parseSweep(`${COMMAND}parameters: {p: ${yaml}}`).parameters;

describe('files that are right', () => {
  test('a sweep of the built-in trainer, in normal form', () => {
    const sweep = parseSweep(`name: quick
project: demo
method: bayes
metric: {name: in_domain/loss, goal: minimize, target: 2.5}
seed: 7
run_cap: 6
${RUN.replace('method: random', '')}parameters:
  optimizer.learningRate: {distribution: log_uniform_values, min: 1e-4, max: 3e-2}
  lora.rank: {values: [1, 2, 4]}
  lora: {parameters: {dropout: {min: 0.0, max: 0.3}}}
  batchSize: {value: 4}
`);
    expect(sweep).toEqual({
      ...{ name: 'quick', description: null, project: 'demo', method: 'bayes', seed: 7, seeds: 1, runCap: 6 },
      metric: { name: 'in_domain/loss', goal: 'minimize', target: 2.5 },
      parameters: [
        { kind: 'float', name: 'optimizer.learningRate', min: 1e-4, max: 3e-2, scale: 'log' },
        { kind: 'categorical', name: 'lora.rank', values: [1, 2, 4] },
        { kind: 'float', name: 'lora.dropout', min: 0, max: 0.3, scale: 'linear' },
        { kind: 'constant', name: 'batchSize', value: 4 },
      ],
      run: expect.objectContaining({ model: 'm', steps: 10 }),
      ...{
        earlyTerminate: null,
        stop: NO_STOP_RULES,
        warmStart: [],
        command: null,
        program: null,
        warnings: [],
      },
    });
  });

  test('a W&B file with every key that has a meaning here, and those that have none as warnings', () => {
    const sweep = parseSweep(`
program: train.py
method: grid
name: w
description: d
project: p
entity: e
metric: {goal: maximize, name: accuracy, impute: best, impute_while_running: latest}
early_terminate: {type: hyperband, min_iter: 3, eta: 2, strict: false}
controller: {type: local}
parameters:
  lr: &lr {values: [0.1, 0.01, 0.1]}
  lr2: *lr
  optimizer:
    parameters:
      name: {value: adam}
      inner: {parameters: {beta: {min: 1, max: 3}}}
`);
    expect(sweep.parameters).toEqual([
      { kind: 'categorical', name: 'lr', values: [0.1, 0.01] },
      { kind: 'categorical', name: 'lr2', values: [0.1, 0.01] },
      { kind: 'constant', name: 'optimizer.name', value: 'adam' },
      { kind: 'int', name: 'optimizer.inner.beta', min: 1, max: 3 },
    ]);
    expect(sweep.command).toEqual(['${env}', '${interpreter}', '${program}', '${args}']);
    expect(sweep.earlyTerminate).toEqual({
      ...{ type: 'hyperband', minIter: 3, maxIter: null, s: null, eta: 2, strict: false },
    });
    expect(sweep.warnings).toEqual([
      'line 7: entity: has no effect here',
      'line 10: controller: has no effect here',
      'line 12: parameters.lr.values[2]: 0.1 repeats values[0] and is left out',
      'line 12: parameters.lr2.values[2]: 0.1 repeats values[0] and is left out',
      'line 8: metric.impute: worst is used',
      "line 8: metric.impute_while_running: the model's prediction is used for running trials",
    ]);
  });

  test.each([
    ['{min: 1, max: 9}', { kind: 'int', min: 1, max: 9 }],
    ['{min: 1.0, max: 9}', { kind: 'float', min: 1, max: 9, scale: 'linear' }],
    ['{min: 1, max: 1e1}', { kind: 'float', min: 1, max: 10, scale: 'linear' }],
    ['{distribution: uniform, min: 1, max: 9}', { kind: 'float', min: 1, max: 9, scale: 'linear' }],
    [
      '{distribution: q_uniform, min: 0, max: 9}',
      { kind: 'float', min: 0, max: 9, scale: 'linear', quantum: 1 },
    ],
    ['{distribution: log_uniform_values, min: 1, max: 9}', { kind: 'float', min: 1, max: 9, scale: 'log' }],
    [
      '{distribution: inv_log_uniform_values, min: 1, max: 9}',
      { kind: 'float', min: 1, max: 9, scale: 'log' },
    ],
    [
      '{distribution: q_log_uniform_values, min: 1, max: 9, q: 2}',
      { kind: 'float', min: 1, max: 9, scale: 'log', quantum: 2 },
    ],
    ['{distribution: normal}', { kind: 'normal', mean: 0, deviation: 1, scale: 'linear' }],
    [
      '{distribution: q_log_normal, mu: 2, sigma: 3}',
      { kind: 'normal', mean: 2, deviation: 3, scale: 'log', quantum: 1 },
    ],
    ['{distribution: beta, a: 2}', { kind: 'beta', a: 2, b: 1 }],
    ['{distribution: q_beta, q: 0.1}', { kind: 'beta', a: 1, b: 1, quantum: 0.1 }],
    [
      '{values: [a, 1], probabilities: [0.3, 0.7]}',
      { kind: 'categorical', values: ['a', 1], probabilities: [0.3, 0.7] },
    ],
    ['{distribution: constant, value: [1, {x: 2}]}', { kind: 'constant', value: [1, { x: 2 }] }],
  ])('%s', (yaml, expected) => {
    expect(parameters(yaml)).toEqual([{ ...expected, name: 'p' }]);
  });

  test("log_uniform takes exponents of e, as W&B's does, and says so; inv_log_uniform their negatives", () => {
    const sweep = parseSweep(`${COMMAND}parameters:
  a: {distribution: log_uniform, min: -9.2103, max: 0}
  b: {distribution: inv_log_uniform, min: 0, max: 2}`);
    const [a, b] = sweep.parameters as unknown as { min: number; max: number; scale: string }[];
    expect([a!.min, a!.max, a!.scale]).toEqual([Math.exp(-9.2103), 1, 'log']);
    expect([b!.min, b!.max]).toEqual([Math.exp(-2), 1]);
    expect(sweep.warnings[0]).toBe(
      'line 4: parameters.a: draws between 0.0001 and 1, because log_uniform takes powers of e: use log_uniform_values for limits',
    );
  });

  test('count belongs to grids: elsewhere it is named as having no effect', () => {
    const yaml = (method: string) =>
      `method: ${method}\nprogram: x\nparameters: {p: {min: 0.5, max: 2, count: 4}}`;
    expect(parseSweep(yaml('grid'))).toMatchObject({ parameters: [{ count: 4 }], warnings: [] });
    expect(parseSweep(yaml('random')).warnings).toEqual([
      'line 3: parameters.p.count: has no effect but in a grid',
    ]);
  });

  test('merge keys are unfolded', () => {
    const sweep = parseSweep(`${COMMAND}parameters:
  a: &a {distribution: uniform, min: 0, max: 1}
  b: {<<: *a, max: 2}`);
    expect(sweep.parameters[1]).toEqual({ kind: 'float', name: 'b', min: 0, max: 2, scale: 'linear' });
  });

  test('early_terminate: max_iter with s; strict unless it says otherwise; a metric that is logged once gives a warning', () => {
    const sweep = parseSweep(`${RUN}metric: {name: in_domain/loss}
early_terminate: {type: hyperband, max_iter: 27, s: 2}
parameters: {lora.rank: {values: [1, 2]}}`);
    expect(sweep.earlyTerminate).toMatchObject({ minIter: null, maxIter: 27, s: 2, eta: 3, strict: true });
    expect(sweep.warnings).toEqual([
      'line 9: early_terminate: in_domain/loss is logged at the end only: no trial will be stopped by it',
    ]);
  });

  test.each(readdirSync('sweeps').filter((file) => file.endsWith('.yaml')))('sweeps/%s', (file) => {
    const sweep = parseSweep(readFileSync(`sweeps/${file}`, 'utf8'), file);
    expect(sweep.parameters.length).toBeGreaterThan(0);
    expect((sweep.run === null) !== (sweep.command === null)).toBe(true);
  });
});

describe('several objectives and limits on outcomes', () => {
  const file = (rest: string) => `method: bayes
program: train.py
parameters: {lr: {min: 0.1, max: 1.0}, lora.rank: {values: [1, 2]}}
${rest}`;

  test('metrics, with references; one alone is a metric', () => {
    const two = parseSweep(
      file('metrics: [{name: val/loss, reference: 3}, {name: trainable_parameters, target: 10}]'),
    );
    expect(two.metrics).toEqual([
      { name: 'val/loss', goal: 'minimize', reference: 3 },
      { name: 'trainable_parameters', goal: 'minimize', target: 10 },
    ]);
    expect(two.metric).toEqual(two.metrics![0]);
    const one = parseSweep(file('metrics: [{name: acc, goal: maximize}]'));
    expect([one.metric, one.metrics]).toEqual([{ name: 'acc', goal: 'maximize' }, undefined]);
  });

  test('a limit on an outcome is told from a constraint of the space', () => {
    const sweep = parseSweep(
      file(`metric: {name: loss}
constraints: [rank * lr <= 1, 'val/forgetting <= 0.02']
outcome_constraints: [accuracy >= 1e-1]`),
    );
    expect(sweep.constraints).toEqual(['rank * lr <= 1']);
    expect(sweep.outcomeConstraints).toEqual([
      { name: 'val/forgetting', side: 'at most', bound: 0.02 },
      { name: 'accuracy', side: 'at least', bound: 0.1 },
    ]);
    expect(sweep.warnings).toEqual([
      'line 5: constraints[1]: read as a limit on what each trial logs as "val/forgetting", which is no parameter',
    ]);
  });

  test('the built-in trainer knows its metrics, and the drop of a capability by its name', () => {
    const run = `run: {model: m, data: {train: t}, steps: 5, evaluations: [{name: a, role: base_capability, data: b}]}`;
    const whole = (limit: string) => `method: bayes
metric: {name: train/loss}
parameters: {optimizer.learningRate: {min: 0.1, max: 1.0}}
${run}
constraints: ['${limit}']`;
    expect(parseSweep(whole('base_capability_drop <= 0.02')).outcomeConstraints).toEqual([
      { name: 'base_capability/change', side: 'at most', bound: 0.02 },
    ]);
    expect(() => parseSweep(whole('base_capability_dropp <= 0.02'))).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ field: 'constraints[0]' })] }),
    );
  });

  test.each([
    [
      'metric: {name: a}\nmetrics: [{name: b}]',
      'f:5:1 metrics: give either metric or metrics (several objectives), not both',
    ],
    ['metrics: [{name: a}, {name: a}]', 'f:4:29 metrics[1].name: "a" is there twice'],
    [
      'metric: {name: a, reference: 1}',
      'f:4:19 metric.reference: unknown key "reference", allowed: name, goal, target, impute, impute_while_running',
    ],
    [
      'metric: {name: a}\nconstraints: [rnk <= 3]',
      'f:5:15 constraints[0]: in the formula "rnk <= 3": there is no parameter rnk, allowed: lr, lora.rank; a limit on a metric goes under outcome_constraints',
    ],
    [
      'metric: {name: a}\noutcome_constraints: [rank <= 3]',
      'f:5:23 outcome_constraints[0]: rank is a parameter: write its limit under constraints',
    ],
    [
      'metric: {name: a}\noutcome_constraints: [a + b <= 3]',
      'f:5:23 outcome_constraints[0]: found "a + b <= 3", expected a metric and a limit, such as val/loss <= 2.5',
    ],
    [
      'metric: {name: a}\nearly_terminate: {type: median, metrics: [{goal: minimize}]}',
      'f:5:43 early_terminate.metrics[0].name: missing, expected the name of a metric',
    ],
  ])('%j is refused', (rest, expected) => {
    expect(faults(file(rest))).toEqual([expected]);
  });
});
