import { namesIn, parseExpression } from './expression.js';
import { type OutcomeConstraint, RECORD_OUTCOMES } from './outcome.js';
import type { RunConfigInput } from './run-config.js';
import { parameterMeant } from './search-space-structure.js';
import { trainerMetrics } from './sweep-config-metric.js';
import type { PlacedParameter } from './sweep-config-parameters.js';
import type { FieldReader } from './yaml-fields.js';
import type { Path } from './yaml-source.js';
import { nearestWord, suggestion } from './yaml-suggestion.js';

/** What the sweep knows of its names while it is read. */
export interface KnownNames {
  placed: readonly PlacedParameter[];
  /** of the built-in trainer; undefined: a command, which may log anything */
  run: RunConfigInput | undefined;
}

/** `name <= number`; the name may have slashes, as metrics do. */
const FORM = /^\s*(\S+)\s*(<=|<|>=|>)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*$/;

/** Of the built-in trainer: the drop of a capability is the rise of its loss. */
const ALSO_CALLED: Record<string, string> = { base_capability_drop: 'base_capability/change' };

function constraintOf(text: string, { run }: KnownNames): OutcomeConstraint | undefined {
  const [, name, relation, bound] = FORM.exec(text) ?? [];
  if (name === undefined) return undefined;
  const side = relation!.startsWith('<') ? 'at most' : 'at least';
  const known = run === undefined ? name : (ALSO_CALLED[name] ?? name);
  return { name: known, side, bound: Number(bound) };
}

/** Which of `constraints` speak of what a trial brings, by their place in the list: those of the form `name <= number` whose name is no parameter. */
export function outcomeConstraintsAmong(
  reader: FieldReader,
  list: readonly unknown[],
  names: KnownNames,
): Map<number, OutcomeConstraint> {
  const found = new Map<number, OutcomeConstraint>();
  for (const [i, text] of list.entries()) {
    const constraint = typeof text === 'string' ? constraintOf(text, names) : undefined;
    if (constraint === undefined || isOfParameters(text as string, names.placed)) continue;
    if (!isOutcome(constraint.name, names)) continue;
    found.set(i, constraint);
    if (names.run === undefined) {
      const means = `read as a limit on what each trial logs as "${constraint.name}", which is no parameter`;
      reader.warn(['constraints', i], means);
    }
  }
  return found;
}

/** `outcome_constraints`: the same where nothing can be mistaken. */
export function readOutcomeConstraints(
  reader: FieldReader,
  file: Record<string, unknown>,
  names: KnownNames,
): OutcomeConstraint[] {
  const given = file.outcome_constraints;
  if (given === undefined) return [];
  const list = reader.list(['outcome_constraints'], typeof given === 'string' ? [given] : given) ?? [];
  return list.flatMap((item, i) => {
    const path = ['outcome_constraints', i];
    const text = reader.text(path, item);
    if (text === undefined) return [];
    const constraint = constraintOf(text, names);
    if (constraint === undefined) {
      return (
        reader.report(path, `found "${text}", expected a metric and a limit, such as val/loss <= 2.5`) ?? []
      );
    }
    checkName(reader, path, constraint.name, names);
    return constraint;
  });
}

function checkName(reader: FieldReader, path: Path, name: string, names: KnownNames): void {
  if (parameterMeant(names.placed, name) !== 'none') {
    reader.report(path, `${name} is a parameter: write its limit under constraints`);
  } else if (names.run !== undefined && !logged(names.run).includes(name)) {
    reader.report(path, `the trainer will not log "${name}", ${suggestion(name, logged(names.run))}`);
  }
}

const logged = (run: RunConfigInput) => [...trainerMetrics(run), ...RECORD_OUTCOMES];

/** What a built-in run logs, or for a command any name that is not nearly a parameter's. */
function isOutcome(name: string, { placed, run }: KnownNames): boolean {
  if (run !== undefined) return logged(run).includes(name);
  const names = placed.flatMap((p) => [p.name, p.name.split('.').at(-1)!]);
  return nearestWord(name, names) === undefined;
}

function isOfParameters(text: string, placed: readonly PlacedParameter[]): boolean {
  try {
    return namesIn(parseExpression(text)).every((name) => parameterMeant(placed, name) !== 'none');
  } catch {
    return false;
  }
}
