import { metricFromJson } from '../../core/metric-value.js';
import { invalidParameter, type MlflowError } from './mlflow-error.js';

export type JsonObject = Record<string, unknown>;
const SEE_DOCS = ' See the API docs for more information about request parameters.';

/**
 * Reads the fields of a request as MLflow's server does, with its messages: whole numbers and numbers may be strings (protobuf's JSON),
 * null is absent. `path` names the fields of a part of a request, e.g. `datasets[0].dataset`.
 */
export class RequestFields {
  private readonly body: JsonObject;

  constructor(
    body: unknown,
    private readonly path = '',
  ) {
    if (body !== undefined && body !== null && !isObject(body)) throw wrongType(path || 'body', body);
    this.body = (body ?? {}) as JsonObject;
  }

  text(name: string): string {
    return this.required(name, this.optionalText(name) || undefined);
  }

  optionalText(name: string): string | undefined {
    const value = this.body[name];
    if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
    throw wrongType(this.full(name), value);
  }

  /** "" if it is absent. */
  textOrEmpty(name: string): string {
    return this.optionalText(name) ?? '';
  }

  integer(name: string): number {
    return this.required(name, this.optionalInteger(name));
  }

  optionalInteger(name: string): number | undefined {
    const value = this.body[name];
    if (value === undefined || value === null) return undefined;
    const number = integerFromJson(value);
    if (number === undefined) throw wrongType(this.full(name), value);
    return number;
  }

  metricValue(name: string): number {
    const value = this.body[name];
    const number = numberFromJson(this.required(name, value ?? undefined));
    if (number === undefined) throw wrongType(this.full(name), value);
    return number;
  }

  optionalFlag(name: string): boolean {
    const value = this.body[name];
    if (value === undefined || value === null || typeof value === 'boolean') return value === true;
    throw wrongType(this.full(name), value);
  }

  list(name: string): unknown[] {
    const value = this.body[name];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw wrongType(this.full(name), value);
    return value;
  }

  /** The objects of a list, each with its own path. */
  parts(name: string): RequestFields[] {
    return this.list(name).map((part, i) => new RequestFields(part, `${this.full(name)}[${i}]`));
  }

  part(name: string): RequestFields {
    return new RequestFields(this.required(name, this.body[name] ?? undefined), this.full(name));
  }

  texts(name: string): string[] {
    return this.list(name).map((value) => {
      if (typeof value === 'string') return value;
      throw wrongType(this.full(name), value);
    });
  }

  has(name: string): boolean {
    return this.body[name] !== undefined && this.body[name] !== null;
  }

  /** As old clients and new ones name a run. */
  runId(): string {
    return this.optionalText('run_id') || this.optionalText('run_uuid') || this.text('run_id');
  }

  private required<Value>(name: string, value: Value | undefined): Value {
    if (value !== undefined) return value;
    throw invalidParameter(`Missing value for required parameter '${this.full(name)}'.${SEE_DOCS}`);
  }

  private full(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}

/** A number, "NaN", "Infinity", "-Infinity", or a number as text. */
export function numberFromJson(value: unknown): number | undefined {
  const number = metricFromJson(value);
  if (number !== undefined || typeof value !== 'string' || value.trim() === '') return number;
  return Number.isNaN(Number(value)) ? undefined : Number(value);
}

/** A whole number that a double holds exactly, or its digits. */
export function integerFromJson(value: unknown): number | undefined {
  if (typeof value !== 'number' && !(typeof value === 'string' && /^[+-]?\d{1,19}$/.test(value))) return;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function wrongType(path: string, value: unknown): MlflowError {
  const found = JSON.stringify(value)?.slice(0, 200);
  const hint = `Invalid value ${found} for parameter '${path}' supplied:  Hint: Value was of type '${pythonType(value)}'.`;
  return invalidParameter(hint + SEE_DOCS);
}

function pythonType(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return { string: 'str', boolean: 'bool', object: 'dict' }[typeof value as 'string'] ?? typeof value;
}
