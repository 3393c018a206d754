/** A map under construction; Map, so that a key such as __proto__ is a key like any other. */
type Level = Map<string, unknown>;

/** no zeros in front: 007 is a name */
const NUMBER = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const WORDS: Record<string, unknown> = { True: true, true: true, False: false, false: false, None: null };
const MAX_DEPTH = 20;

/**
 * The config that parameters logged as text stand for: keys with dots become maps, so that `optimizer.lr` can be asked for as
 * `config.optimizer.lr`; texts that print a number, a truth value, None, a list or a map become that. Where `a` and `a.b` are both
 * logged, `a.b` stays one key at the top.
 */
export function configOfParams(params: readonly { key: string; value: string }[]): Record<string, unknown> {
  const root: Level = new Map();
  const sorted = [...params].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  for (const { key, value } of sorted) {
    if (!place(root, key.split('.'), meaningOf(value))) root.set(key, meaningOf(value));
  }
  return toObject(root);
}

/** What a text logged by another program (Python, as a rule) means as a value of a config. */
export function meaningOf(text: string): unknown {
  if (Object.hasOwn(WORDS, text)) return WORDS[text];
  if (NUMBER.test(text)) return numberOr(text);
  if (!/^(?:\[.*\]|\{.*\})$/s.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A number only if it says no less than the text: digits beyond a double's stay text. */
function numberOr(text: string): number | string {
  const number = Number(text);
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '');
  return Number.isFinite(number) && digits.length <= 17 ? number : text;
}

/** @returns false if something is in the way */
function place(root: Level, keys: string[], value: unknown): boolean {
  if (keys.length > MAX_DEPTH || keys.some((key) => key === '')) return false;
  let level = root;
  for (const key of keys.slice(0, -1)) {
    const next = level.get(key) ?? new Map();
    if (!(next instanceof Map)) return false;
    level.set(key, next);
    level = next;
  }
  const last = keys.at(-1)!;
  if (level.has(last)) return false;
  level.set(last, value);
  return true;
}

function toObject(level: Level): Record<string, unknown> {
  return Object.fromEntries(
    [...level].map(([key, value]) => [key, value instanceof Map ? toObject(value) : value]),
  );
}
