// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the macros of W&B look like templates
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { formatProblems, RanksweepError } from '../../src/core/errors.js';
import { NO_STOP_RULES } from '../../src/core/stop-rules.js';
import { parseSweep } from '../../src/core/sweep-config.js';

/** The problems of a faulty file, one a line, as the command line prints them. */
function faults(text: string): string[] {
  try {
    parseSweep(text, 'f');
  } catch (error) {
    if (error instanceof RanksweepError && error.code === 'INVALID_INPUT') {
      return formatProblems(error.problems, 'f').split('\n');
    }
    throw error;
  }
  throw new Error('expected a refusal');
}

const COMMAND = 'method: random\nprogram: train.py\n';
const parameters = (yaml: string) => parseSweep(`${COMMAND}parameters: {p: ${yaml}}`).parameters;
const RUN = `
method: random
run:
  model: m
  data: {train: t.jsonl, validation: v.jsonl}
  evaluations: [{name: era, role: in_domain, data: e.jsonl}]
  steps: 10
`;

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

describe('files that are wrong: line, column, field, what was found, what is allowed', () => {
  const P = (yaml: string) => `${COMMAND}parameters: {p: ${yaml}}`;
  const R = (yaml: string) => `${RUN}parameters:\n  ${yaml}`;
  test.each([
    ['', ['f:1:1 found null, expected a map of keys and values']],
    ['- 1', ['f:1:1 found [1], expected a map of keys and values']],
    [
      'a: [',
      ['f:1:5 not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    ['method: grid\nmethod: grid', ['f:2:1 this key stands twice in the same map']],
    [`${COMMAND}__proto__: {a: 1}`, ['f:3:1 __proto__: this key is not allowed']],
    [`${COMMAND}parameters: {constructor: {value: 1}}`, ['f:3:14 constructor: this key is not allowed']],
    [`a: ${'['.repeat(140)}${']'.repeat(140)}`, ['f:1:130 nested too deeply']],
    [
      'method: bayesian\nparamters: {}\nprogram: x\nrun_cap: "3"',
      [
        'f:1:1 parameters: missing, expected a map of parameters',
        'f:1:9 method: found "bayesian", did you mean "bayes"?',
        'f:2:1 paramters: unknown key "paramters", did you mean "parameters"?',
        'f:4:10 run_cap: found "3", expected a whole number of at least 1: write 3 without quotes',
      ],
    ],
    [
      'method: random\nparameters: {p: {value: 1}}',
      ['f:1:1 give run (the config of the built-in trainer), or program or command (any program)'],
    ],
    [`${P('{value: 1}')}\nmetrics: []`, ['f:4:10 metrics: found [], expected a list of at least one value']],
    [
      `${P('{value: 1}')}\nmetric: {nme: x, goal: max}`,
      [
        'f:4:1 metric.name: missing, expected the name of a metric',
        'f:4:10 metric.nme: unknown key "nme", did you mean "name"?',
        'f:4:24 metric.goal: found "max", did you mean "maximize"?',
      ],
    ],
    [
      P('{value: 1, probabilities: [1]}'),
      ['f:3:28 parameters.p.probabilities: constant takes no probabilities; it takes value'],
    ],
    [
      P('3'),
      ['f:3:17 parameters.p: expected a map with value, values or min and max: write p: {value: ...}'],
    ],
    [P('{}'), ['f:3:14 parameters.p: give value, values, min and max, or a distribution']],
    [P('{min: 1}'), ['f:3:14 parameters.p: distribution uniform needs max']],
    [
      P('{min: "1e-4", max: 1_000}'),
      [
        'f:3:23 parameters.p.min: found "1e-4", expected a number: write 1.0e-4 without quotes',
        'f:3:36 parameters.p.max: found "1_000", expected a number: write 1000 without quotes',
      ],
    ],
    [P('{min: 2, max: 1}'), ['f:3:31 parameters.p.max: found 1, expected at least min (2)']],
    [P('{min: .nan, max: 1}'), ['f:3:23 parameters.p.min: found NaN, expected a number']],
    [
      P('{distribution: log_uniform_values, min: 0, max: 1}'),
      ['f:3:57 parameters.p.min: found 0, expected a number above 0'],
    ],
    [
      P('{distribution: log_uniform, min: 1, max: 1000}'),
      [
        'f:3:14 parameters.p: e to the power of 1000 or 1 is no ordinary number; log_uniform takes powers of e: use log_uniform_values for limits',
      ],
    ],
    [
      P('{distribution: lognormal}'),
      ['f:3:32 parameters.p.distribution: found "lognormal", did you mean "log_normal"?'],
    ],
    [P('{values: []}'), ['f:3:26 parameters.p.values: found [], expected a list of at least one value']],
    [
      P('{values: [1, 2], probabilities: [0.5, 0.6]}'),
      ['f:3:49 parameters.p.probabilities: the probabilities add up to 1.1, expected 1'],
    ],
    [
      P('{values: [1, 2], probabilities: [1]}'),
      ['f:3:49 parameters.p.probabilities: found 1 probabilities, expected one for each of the 2 values'],
    ],
    [P('{value: 1}, p.q: {value: 2}'), ['f:3:29 parameters.p.q: sets the same field as p']],
    [
      P('{value: 1}').replace('random', 'grid').replace('value: 1', 'min: 0.5, max: 1'),
      [
        'f:3:14 parameters.p: a grid cannot count through a continuous range: add count (as in count: 5), or list values',
      ],
    ],
    [
      `${P('{value: 1}')}\ncommand: ["${'${intepreter}'}", 3, [x]]`,
      [
        'f:4:11 command[0]: unknown macro ${intepreter}, did you mean "interpreter"?',
        'f:4:31 command[2]: found ["x"], expected text',
      ],
    ],
    [
      `${P('{value: 1}')}\nearly_terminate: {type: hyperband, strict: yes}`,
      [
        'f:1:1 metric: missing: early_terminate needs a metric with name and goal',
        'f:4:1 early_terminate: needs min_iter, or max_iter and s',
        'f:4:44 early_terminate.strict: found "yes", expected true or false: write true (YAML 1.2 reads yes as text)',
      ],
    ],
    [
      R('optimizer.learning_rate: {value: 1}'),
      [
        'f:9:3 parameters.optimizer.learning_rate: is no field of the run config, did you mean "optimizer.learningRate"?',
      ],
    ],
    [
      R('rank: {value: 1}'),
      ['f:9:3 parameters.rank: is no field of the run config, did you mean "lora.rank"?'],
    ],
    [
      R('lora.rank:\n    values: [8, "8x", 0, "16"]'),
      [
        'f:10:17 parameters.lora.rank.values[1]: found "8x", expected a number',
        'f:10:23 parameters.lora.rank.values[2]: found 0, expected a number above 0',
        'f:10:26 parameters.lora.rank.values[3]: found "16", expected a number: write 16 without quotes',
      ],
    ],
    [
      R('lora.rank: {min: 1.0, max: 64}'),
      [
        'f:9:3 parameters.lora.rank: may draw 25.0639, expected a whole number: use distribution: q_uniform with q: 1, or whole limits',
      ],
    ],
    [
      R('lora.dropout: {min: 0.0, max: 1.0}'),
      ['f:9:33 parameters.lora.dropout.max: found 1, expected a number below 1'],
    ],
    [
      R('optimizer.learningRate: {distribution: normal, mu: 0.01, sigma: 0.1}'),
      ['f:9:3 parameters.optimizer.learningRate: may draw -0.361902, expected a number above 0'],
    ],
    [
      R('lora.targetModules: {values: [all, [q_proj, k_prj], all-linear]}'),
      [
        'f:9:33 parameters.lora.targetModules.values[0]: found "all", expected "all-linear" or a list',
        'f:9:47 parameters.lora.targetModules.values[1][1]: found "k_prj", did you mean "k_proj"?',
      ],
    ],
    [
      R('lora.rank: {value: 4}').replace('steps: 10', 'epochs: 1\n  steps: 10'),
      ['f:8:10 run.steps: give exactly one of steps and epochs'],
    ],
    [
      R('lora.rank: {value: 4}').replace('model: m', 'modle: m'),
      [
        'f:3:1 run.model: missing, expected text',
        'f:4:3 run.modle: unknown key "modle", did you mean "model"?',
      ],
    ],
    [
      `${R('lora.rank: {value: 4}')}\nmetric: {name: in_domain/los}\nprogram: x`,
      [
        'f:10:16 metric.name: the trainer will not log "in_domain/los", did you mean "in_domain/loss"?',
        'f:11:1 program: give either run or program, not both',
      ],
    ],
  ] as [string, string[]][])('%j', (text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  test('an alias bomb and an enormous file are refused quickly', () => {
    const level = (i: number) =>
      `a${i}: &a${i} [${new Array(10).fill(i === 0 ? 'x' : `*a${i - 1}`).join(', ')}]`;
    const bomb = Array.from({ length: 12 }, (_, i) => level(i)).join('\n');
    expect(faults(bomb)).toEqual(['too many aliases: they unfold to an enormous document']);
    expect(faults(' '.repeat(1_000_001))).toEqual([
      'the file has 1000001 characters, at most 1000000 are read',
    ]);
  });

  test('the message itself says how many problems there are, and where', () => {
    expect(() => parseSweep('a: 1\nmethod: grid', 'x.yaml')).toThrow('3 problems in x.yaml');
  });
});
