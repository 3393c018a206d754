// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the macros of W&B look like templates
import { describe, expect, test } from '@jest/globals';
import { parseSweep } from '../../src/core/sweep-config.js';
import { COMMAND, faults, RUN } from './sweep-file.js';

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
