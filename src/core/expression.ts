import { tokensOf } from './expression-tokens.js';

/**
 * Small formulas over a trial's parameters: `2 * rank`, `rank * modules <= 64`, `variant == "dora" and rank > 4`. There is no way out of it to the
 * program: numbers, texts, true and false, names, the operators below and a few functions are all there is.
 *
 *   or        a or b          and, not       a and b, not a
 *   compare   == != < <= > >=, x in [a, b]
 *   sum       a + b, a - b    product  a * b, a / b, a % b      sign  -a      power  a ^ b
 *   call      min max abs sqrt log2 log10 floor ceil round, length (of a list or text; 1 for anything else)
 *
 * Names may be dotted (`lora.rank`); which parameter a name means is the caller's business (expression-names.ts).
 */
export type Expression =
  | { kind: 'value'; value: unknown }
  | { kind: 'name'; name: string }
  | { kind: 'list'; items: Expression[] }
  | { kind: 'call'; name: string; parts: Expression[] };

/** @throws SyntaxError saying what was found and where */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text);
  const expression = parser.alternatives();
  parser.expectEnd();
  return expression;
}

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>=', 'in'];
/** deeper nesting than a person writes: the parser calls itself */
const DEEPEST = 50;

class Parser {
  private readonly tokens: ReturnType<typeof tokensOf>;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.tokens = tokensOf(text);
  }

  expectEnd(): void {
    if (this.at < this.tokens.length) this.fail('an operator or the end');
  }

  alternatives(): Expression {
    if (++this.depth > DEEPEST) throw new SyntaxError(`is nested more than ${DEEPEST} times`);
    const found = this.chain(['or'], () => this.chain(['and'], () => this.negation()));
    this.depth--;
    return found;
  }

  private negation(): Expression {
    if (this.take('not') === undefined) return this.comparison();
    return { kind: 'call', name: 'not', parts: [this.negation()] };
  }

  private comparison(): Expression {
    const left = this.sum();
    const operator = this.take(...COMPARISONS);
    return operator === undefined ? left : { kind: 'call', name: operator, parts: [left, this.sum()] };
  }

  private sum(): Expression {
    return this.chain(['+', '-'], () => this.chain(['*', '/', '%'], () => this.signed()));
  }

  private signed(): Expression {
    if (this.take('-') !== undefined) return { kind: 'call', name: 'negative', parts: [this.signed()] };
    const base = this.atom();
    return this.take('^') === undefined ? base : { kind: 'call', name: '^', parts: [base, this.signed()] };
  }

  private chain(operators: string[], part: () => Expression): Expression {
    let left = part();
    for (let operator = this.take(...operators); operator; operator = this.take(...operators)) {
      left = { kind: 'call', name: operator, parts: [left, part()] };
    }
    return left;
  }

  private atom(): Expression {
    const token = this.tokens[this.at];
    if (token === undefined || (token.kind === 'symbol' && token.text !== '(' && token.text !== '[')) {
      return this.fail('a number, a text or a name');
    }
    this.at++;
    if (token.kind === 'value') return { kind: 'value', value: token.value };
    if (token.text === '(') return this.closed(')', 1)[0]!;
    if (token.text === '[') return { kind: 'list', items: this.closed(']') };
    if (this.take('(') === undefined) return { kind: 'name', name: token.text };
    if (!Object.hasOwn(FUNCTIONS, token.text))
      throw new SyntaxError(`there is no function ${token.text}: ${functionNames()}`);
    return { kind: 'call', name: token.text, parts: this.closed(')') };
  }

  private closed(end: ')' | ']', most = Infinity): Expression[] {
    const items = [this.alternatives()];
    while (items.length < most && this.take(',') !== undefined) items.push(this.alternatives());
    if (this.take(end) === undefined) this.fail(`"${end}"`);
    return items;
  }

  private take(...texts: string[]): string | undefined {
    const token = this.tokens[this.at];
    if (token === undefined || token.kind === 'value' || !texts.includes(token.text)) return undefined;
    this.at++;
    return token.text;
  }

  private fail(expected: string): never {
    const token = this.tokens[this.at];
    const found = token === undefined ? 'the end' : `"${token.source}" at character ${token.from + 1}`;
    throw new SyntaxError(`found ${found}, expected ${expected}`);
  }
}

/** The names in a formula, each once. */
export function namesIn(expression: Expression): string[] {
  if (expression.kind === 'value') return [];
  if (expression.kind === 'name') return [expression.name];
  const parts = expression.kind === 'list' ? expression.items : expression.parts;
  return [...new Set(parts.flatMap(namesIn))];
}

/** The value of a formula. A name without a value is undefined, and what is calculated from it NaN; comparisons with either are false. */
export function evaluateExpression(expression: Expression, lookUp: (name: string) => unknown): unknown {
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'name':
      return lookUp(expression.name);
    case 'list':
      return expression.items.map((item) => evaluateExpression(item, lookUp));
    case 'call':
      return call(expression, lookUp);
  }
}

function call(
  { name, parts }: Extract<Expression, { kind: 'call' }>,
  lookUp: (name: string) => unknown,
): unknown {
  const value = (i: number) => evaluateExpression(parts[i]!, lookUp);
  if (name === 'and') return isTrue(value(0)) && isTrue(value(1));
  if (name === 'or') return isTrue(value(0)) || isTrue(value(1));
  if (name === 'not') return !isTrue(value(0));
  const values = parts.map((_, i) => value(i));
  return (FUNCTIONS[name] ?? OPERATORS[name]!)(...values);
}

export function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'number' && value !== 0 && !Number.isNaN(value));
}

type Operation = (...values: unknown[]) => unknown;

function numeric(calculate: (...values: number[]) => unknown): Operation {
  return (...values) => calculate(...values.map((v) => (typeof v === 'number' ? v : Number.NaN)));
}

function same(a: unknown, b: unknown): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}

const OPERATORS: Record<string, Operation> = {
  '+': numeric((a, b) => a! + b!),
  '-': numeric((a, b) => a! - b!),
  '*': numeric((a, b) => a! * b!),
  '/': numeric((a, b) => a! / b!),
  '%': numeric((a, b) => a! % b!),
  '^': numeric((a, b) => a! ** b!),
  negative: numeric((a) => -a!),
  '<': numeric((a, b) => a! < b!),
  '<=': numeric((a, b) => a! <= b!),
  '>': numeric((a, b) => a! > b!),
  '>=': numeric((a, b) => a! >= b!),
  '==': same,
  '!=': (a, b) => a !== undefined && !same(a, b),
  in: (a, list) => Array.isArray(list) && list.some((item) => same(a, item)),
};

const FUNCTIONS: Record<string, Operation> = {
  min: numeric((...values) => Math.min(...values)),
  max: numeric((...values) => Math.max(...values)),
  abs: numeric((a) => Math.abs(a!)),
  sqrt: numeric((a) => Math.sqrt(a!)),
  log2: numeric((a) => Math.log2(a!)),
  log10: numeric((a) => Math.log10(a!)),
  floor: numeric((a) => Math.floor(a!)),
  ceil: numeric((a) => Math.ceil(a!)),
  round: numeric((a) => Math.round(a!)),
  length: (a) => (Array.isArray(a) || typeof a === 'string' ? a.length : 1),
};

function functionNames(): string {
  return `allowed: ${Object.keys(FUNCTIONS).join(', ')}`;
}
