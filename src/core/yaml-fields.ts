import type { Problem } from './errors.js';
import { formatPath, type Path, type YamlSource } from './yaml-source.js';
import { suggestion } from './yaml-suggestion.js';
import { isMapping, mismatch, show } from './yaml-value.js';

/** Reads the fields of a YAML file one by one and collects everything that is wrong, so that a person sees all of it at once. */
export class FieldReader {
  readonly problems: Problem[] = [];
  readonly warnings: string[] = [];

  constructor(readonly yaml: YamlSource) {}

  report(path: Path, message: string, part: 'key' | 'value' = 'value'): undefined {
    this.problems.push({ field: formatPath(path), message, ...this.yaml.positionOf(path, part) });
    return undefined;
  }

  warn(path: Path, message: string): void {
    const { line } = this.yaml.positionOf(path, 'key');
    this.warnings.push(`line ${line}: ${formatPath(path)}: ${message}`);
  }

  /** A map with no keys but these. */
  map(path: Path, value: unknown, allowed?: readonly string[]): Record<string, unknown> | undefined {
    if (!isMapping(value)) return this.report(path, mismatch(value, 'a map of keys and values'));
    if (allowed !== undefined) this.knownKeys(path, value, allowed);
    return value;
  }

  private knownKeys(path: Path, map: Record<string, unknown>, allowed: readonly string[]): void {
    for (const key of Object.keys(map)) {
      if (!allowed.includes(key)) {
        this.report([...path, key], `unknown key "${key}", ${suggestion(key, allowed)}`, 'key');
      }
    }
  }

  text(path: Path, value: unknown): string | undefined {
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value !== '') return value;
    const quoted = typeof value === 'number' ? `: write "${value}" in quotes` : '';
    return this.report(path, `${mismatch(value, 'text')}${quoted}`);
  }

  number(path: Path, value: unknown, above = -Infinity): number | undefined {
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isFinite(value) && value > above) return value;
    return this.report(path, mismatch(value, above === -Infinity ? 'a number' : `a number above ${above}`));
  }

  int(path: Path, value: unknown, least: number): number | undefined {
    if (value === undefined) return undefined;
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
    return this.report(path, mismatch(value, `a whole number of at least ${least}`));
  }

  flag(path: Path, value: unknown): boolean | undefined {
    if (value === undefined || typeof value === 'boolean') return value;
    const meant = typeof value === 'string' && /^(yes|on|no|off)$/i.test(value);
    const hint = meant ? `: write ${/^(yes|on)$/i.test(value)} (YAML 1.2 reads ${value} as text)` : '';
    return this.report(path, `${mismatch(value, 'true or false')}${hint}`);
  }

  word<T extends string>(path: Path, value: unknown, allowed: readonly T[]): T | undefined {
    if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
    const hint = typeof value === 'string' ? suggestion(value, allowed) : `allowed: ${allowed.join(', ')}`;
    return this.report(path, `found ${show(value)}, ${hint}`);
  }

  list(path: Path, value: unknown): unknown[] | undefined {
    if (Array.isArray(value) && value.length > 0) return value;
    return this.report(path, mismatch(value, 'a list of at least one value'));
  }
}
