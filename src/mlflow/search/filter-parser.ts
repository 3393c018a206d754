import { invalidParameter } from '../protocol/mlflow-error.js';
import { type Token, tokensOf } from './filter-tokens.js';

export type Comparator = '=' | '!=' | '>' | '>=' | '<' | '<=' | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN' | NullTest;
export type NullTest = 'IS NULL' | 'IS NOT NULL';
export type Literal =
  | { kind: 'number'; text: string }
  | { kind: 'string'; text: string; value: string }
  | { kind: 'list'; text: string; values: string[] };

/** One comparison as it was written; what its words mean is the vocabulary's business. */
export interface RawCondition {
  /** the word before the first dot; null: none */
  entity: string | null;
  key: string;
  comparator: Comparator;
  value: Literal | null;
}

/** Parses `a = 1 AND b LIKE 'x%' AND …`, MLflow's whole grammar. @throws MlflowError */
export function parseFilter(text: string | undefined): RawCondition[] {
  if (!text?.trim()) return [];
  return new FilterParser(tokensOf(text), text).conditions();
}

class FilterParser {
  private at = 0;

  constructor(
    private readonly tokens: Token[],
    private readonly text: string,
  ) {}

  conditions(): RawCondition[] {
    const conditions = [this.condition()];
    while (this.at < this.tokens.length) {
      if (this.peek()?.text === ';') throw this.multiple();
      if (!this.takeWord('AND')) throw this.invalidClause();
      conditions.push(this.condition());
    }
    return conditions;
  }

  private condition(): RawCondition {
    const token = this.next();
    if (token?.kind !== 'identifier') {
      throw token === undefined
        ? this.expected('3 tokens', 'the end')
        : this.expected("'Identifier'", token.text);
    }
    const { entity, key } = token;
    const comparator = this.comparator();
    if (comparator === 'IS NULL' || comparator === 'IS NOT NULL')
      return { entity, key, comparator, value: null };
    return { entity, key, comparator, value: this.literal(comparator) };
  }

  private comparator(): Comparator {
    const token = this.next();
    if (token?.kind === 'operator') return (token.text === '<>' ? '!=' : token.text) as Comparator;
    const word = token?.kind === 'word' ? token.word : undefined;
    if (word === 'LIKE' || word === 'ILIKE' || word === 'IN') return word;
    if (word === 'NOT' && this.takeWord('IN')) return 'NOT IN';
    if (word === 'IS') {
      const not = this.takeWord('NOT') ? 'NOT ' : '';
      if (this.takeWord('NULL')) return `IS ${not}NULL` as NullTest;
    }
    throw this.expected('comparison', token?.text ?? 'the end');
  }

  private literal(comparator: Comparator): Literal {
    const token = this.next();
    if (token?.kind === 'number') return { kind: 'number', text: token.text };
    if (token?.kind === 'string') return { kind: 'string', text: token.text, value: token.value };
    if (token?.text === '(' && (comparator === 'IN' || comparator === 'NOT IN')) return this.list();
    if (token?.kind !== 'identifier') throw this.expected('value token', token?.text ?? 'the end');
    throw invalidParameter(
      `Parameter value is either not quoted or unidentified quote types used for string value ${token.text}. Use either single or double quotes.`,
    );
  }

  private list(): Literal {
    const values: string[] = [];
    for (;;) {
      const token = this.next();
      if (token?.kind !== 'string') {
        throw invalidParameter(
          'While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list',
        );
      }
      values.push(token.value);
      const end = this.next()?.text;
      if (end === ')') return { kind: 'list', text: `(${values.join(', ')})`, values };
      if (end !== ',') throw this.expected("',' or ')'", end ?? 'the end');
    }
  }

  private peek(): Token | undefined {
    return this.tokens[this.at];
  }

  private next(): Token | undefined {
    return this.tokens[this.at++];
  }

  private takeWord(word: string): boolean {
    const token = this.peek();
    const isIt = token?.kind === 'word' && token.word === word;
    if (isIt) this.at++;
    return isIt;
  }

  private invalidClause() {
    const rest = this.tokens.slice(this.at, this.at + 5).map(({ text }) => `'${text}'`);
    return invalidParameter(`Invalid clause(s) in filter string: ${rest.join(', ')}`);
  }

  private expected(what: string, found: string) {
    return invalidParameter(`Invalid comparison clause. Expected ${what} found '${found}'`);
  }

  private multiple() {
    const shown = JSON.stringify(this.text.slice(0, 200));
    return invalidParameter(
      `Search filter contained multiple expression ${shown}. Provide AND-ed expression list.`,
    );
  }
}

/** `metrics.loss DESC`. @throws MlflowError */
export function parseOrder(text: string): { entity: string | null; key: string; ascending: boolean } {
  const [column, direction, ...rest] = tokensOf(text);
  const isDirection = direction === undefined || direction.kind === 'word' || direction.kind === 'identifier';
  if (column?.kind !== 'identifier' || !isDirection || rest.length > 0) {
    throw invalidParameter(`Invalid order_by clause '${text}'. Could not be parsed.`);
  }
  const word = direction?.text.toUpperCase() ?? 'ASC';
  if (word !== 'ASC' && word !== 'DESC')
    throw invalidParameter(`Invalid ordering key in order_by clause '${text}'.`);
  return { entity: column.entity, key: column.key, ascending: word === 'ASC' };
}
