import { isScalar, parseDocument } from 'yaml';
import { z } from 'zod';
import { type EvaluationSetConfig, evaluationSetConfig } from './evaluation-set.js';
import { FieldReader } from './yaml-fields.js';
import { type Path, readYaml, refuse } from './yaml-source.js';
import { problemsOf } from './yaml-zod.js';

const suiteConfig = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_.-]+$/),
  sets: z.array(evaluationSetConfig).min(1),
});
/** Named sets that runs are evaluated on. */
export type Suite = z.infer<typeof suiteConfig>;

/**
 * A suite from YAML. Paths in it are relative to the working directory, as in a run config.
 * @param source the file's name for messages
 * @throws RanksweepError INVALID_INPUT with every problem: field, line, column, what was found, what is allowed
 */
export function parseSuite(text: string, source: string): Suite {
  const yaml = readYaml(text, source);
  const reader = new FieldReader(yaml);
  const value = reader.map([], yaml.value) ?? refuse(source, reader.problems);
  const result = suiteConfig.safeParse(value);
  if (result.success) {
    reportRepeated(reader, result.data.sets);
    return reader.problems.length > 0 ? refuse(source, reader.problems) : result.data;
  }
  for (const { path, message, part } of problemsOf(result.error.issues, value, keysAt)) {
    reader.report(path, message, part);
  }
  return refuse(source, reader.problems);
}

function reportRepeated(reader: FieldReader, sets: EvaluationSetConfig[]): void {
  const names = sets.map(({ name }) => name);
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) < i)
      reader.report(['sets', i, 'name'], `found "${name}" twice, expected different names`);
  }
}

function keysAt(path: Path): string[] {
  if (path.length === 0) return Object.keys(suiteConfig.shape);
  return path[0] === 'sets' && path.length === 2 ? Object.keys(evaluationSetConfig.shape) : [];
}

/**
 * A run config or sweep in YAML, where `evaluations:` may be the path of a suite: the suite's sets are put in its place, on one line, so
 * that the config is complete and every other line stays where it was.
 * @param read the text of a file
 */
export async function withSuite(text: string, read: (path: string) => Promise<string>): Promise<string> {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' });
  if (document.errors.length > 0) return text;
  for (const path of [['evaluations'], ['run', 'evaluations']]) {
    const node = document.getIn(path, true);
    if (!isScalar(node) || typeof node.value !== 'string' || !node.range) continue;
    const suite = parseSuite(await read(node.value), node.value);
    const [from, to] = node.range;
    return `${text.slice(0, from)}${JSON.stringify(suite.sets)}${text.slice(to)}`;
  }
  return text;
}
