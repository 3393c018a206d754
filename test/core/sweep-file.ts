import { formatProblems, RanksweepError } from '../../src/core/errors.js';
import { parseSweep } from '../../src/core/sweep-config.js';

/** The problems of a faulty file, one a line, as the command line prints them. */
export function faults(text: string): string[] {
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

export const COMMAND = 'method: random\nprogram: train.py\n';
export const RUN = `
method: random
run:
  model: m
  data: {train: t.jsonl, validation: v.jsonl}
  evaluations: [{name: era, role: in_domain, data: e.jsonl}]
  steps: 10
`;
