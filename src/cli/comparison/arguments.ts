import { InvalidArgumentError } from 'commander';
import { METHODS, type MethodName } from './entrants.js';

// The option values of `ranksweep compare-methods`, for commander.

/** `full,lora` */
export function methodNames(text: string): MethodName[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(METHODS as readonly string[]).includes(name));
  if (unknown === undefined) return names as MethodName[];
  throw new InvalidArgumentError(`found ${JSON.stringify(unknown)}, expected ${METHODS.join(', ')}`);
}

function numbers(text: string, isFit: (value: number) => boolean, what: string): number[] {
  const values = text.split(',').map(Number);
  if (values.every(isFit)) return values;
  throw new InvalidArgumentError(`found ${JSON.stringify(text)}, expected ${what} with commas between`);
}

export const ranks = (text: string) =>
  numbers(text, (rank) => Number.isInteger(rank) && rank > 0, 'whole numbers above 0');
export const rates = (text: string) =>
  numbers(text, (rate) => rate > 0 && Number.isFinite(rate), 'numbers above 0');

/** `full=0.001`, added to those before. */
export function rateOf(
  text: string,
  before: Partial<Record<MethodName, number>>,
): Partial<Record<MethodName, number>> {
  const [name, value] = text.split('=');
  const [method] = methodNames(name ?? '');
  return { ...before, [method!]: rates(value ?? '')[0] };
}
