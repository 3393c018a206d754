import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parseSuite, withSuite } from '../../src/core/suite.js';
import { parseSweep } from '../../src/core/sweep-config.js';
import { parseRunConfig } from '../../src/core/yaml-run-config.js';

const SUITE = `name: s
sets:
  - {name: a, role: in_domain, data: a.jsonl, scores: [f1, {name: short, regex: "^.{1,9}$"}]}
  - {name: b, role: base_capability, data: b.jsonl}
`;

test('a suite takes the place of its path, and every other line stays where it was', async () => {
  const text = 'model: m\nevaluations: s.yaml # the suite\ndata: {train: t}\nsteps: 1\n';
  const read = async (path: string) => (path === 's.yaml' ? SUITE : '');
  const whole = await withSuite(text, read);
  expect(whole.split('\n').filter((_, i) => i !== 1)).toEqual(text.split('\n').filter((_, i) => i !== 1));
  const { evaluations } = parseRunConfig(whole);
  expect(evaluations).toEqual(parseSuite(SUITE, 's.yaml').sets);
  const sweep = await withSuite(`name: x\nrun:\n  evaluations: s.yaml\n`, read);
  expect(sweep).toContain('evaluations: [{"name":"a"');
  expect(await withSuite(whole, read)).toBe(whole);
});

test('every problem of a suite is named with its line', () => {
  const bad = SUITE.replace('f1', 'f2').replace('name: b', 'name: a').replace('base_capability', 'base');
  const problems = (text: string) => {
    try {
      parseSuite(text, 's.yaml');
    } catch (error) {
      return (error as { problems: { field: string; line: number }[] }).problems.map(({ field, line }) => [
        field,
        line,
      ]);
    }
    return [];
  };
  expect(problems(bad)).toEqual([
    ['sets[0].scores[0]', 3],
    ['sets[1].role', 4],
  ]);
  expect(problems(SUITE.replace('name: b', 'name: a'))).toEqual([['sets[1].name', 4]]);
  expect(problems(SUITE.replace('name: short', 'name: rouge1'))).toEqual([['sets[0].scores[1].name', 3]]);
});

test.each(['era', 'extract'])('the suite of the example task %s can be read', (task) => {
  const path = `datasets/${task}/suite.yaml`;
  const { name, sets } = parseSuite(readFileSync(path, 'utf8'), path);
  expect(name).toBe(task);
  expect(new Set(sets.map(({ role }) => role)).size).toBe(3);
  for (const { data } of sets) expect(existsSync(data)).toBe(true);
});

test('a sweep may aim at what a set scores', () => {
  const sweep = (metric: string) => `method: grid
metric: {name: ${metric}, goal: maximize}
run:
  model: m
  data: {train: t}
  evaluations: [{name: a, role: in_domain, data: d, during: 2, scores: [f1, {name: short, regex: x}]}]
  steps: 1
parameters: {seed: {values: [1, 2]}}
`;
  for (const metric of ['in_domain/f1', 'in_domain/a/short', 'validation/a/f1', 'in_domain/a/loss']) {
    expect(parseSweep(sweep(metric), 's.yaml').warnings).toEqual([]);
  }
  const problems = (metric: string) => {
    try {
      parseSweep(sweep(metric), 's.yaml');
    } catch (error) {
      return (error as { problems: { message: string }[] }).problems.map(({ message }) => message);
    }
    return [];
  };
  expect(problems('in_domain/f2')).toEqual([expect.stringContaining('did you mean "in_domain/f1"?')]);
});
