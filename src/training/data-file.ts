import { RanksweepError } from '../core/errors.js';
import { type ExampleSet, readExamples } from '../data/examples.js';

/**
 * A run's data.
 * @param field the config's field that names it, for errors
 * @throws RanksweepError as readExamples, with the field
 */
export function readDataFile(field: string, path: string): Promise<ExampleSet> {
  return withField(field, () => readExamples(path));
}

/** Names the config's field in what goes wrong. */
export async function withField<T>(field: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof RanksweepError)) throw error;
    const problems = error.problems.map((problem) => ({ ...problem, field: problem.field || field }));
    throw new RanksweepError(error.code, `${field}: ${error.message}`, problems);
  }
}
