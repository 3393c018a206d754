import { useState } from 'preact/hooks';
import { countText } from '../format/number.js';

interface Leaf {
  path: string;
  text: string;
  isLong: boolean;
}

const LONG = 200;

/** JSON as a tree of `key: value` lines, with a search over keys and values. */
export function Tree({ value, label }: { value: unknown; label: string }) {
  const [search, setSearch] = useState('');
  const leaves = leavesOf(value, '');
  const needle = search.trim().toLowerCase();
  const shown = leaves.filter(({ path, text }) => `${path}: ${text}`.toLowerCase().includes(needle));
  if (leaves.length === 0) return <p class="hint">nothing recorded</p>;
  return (
    <>
      <input
        type="search"
        class="tree-search"
        placeholder={`search ${leaves.length} entries`}
        aria-label={`search ${label}`}
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <div class="tree">
        {shown.map((leaf, i) => (
          <Line key={leaf.path} leaf={leaf} before={shown[i - 1]?.path ?? ''} isOpen={needle !== ''} />
        ))}
        {shown.length === 0 && <span class="hint">no entry has “{search}”</span>}
      </div>
    </>
  );
}

/** Parents are written once, where they begin; a leaf stands under them. */
function Line({ leaf, before, isOpen }: { leaf: Leaf; before: string; isOpen: boolean }) {
  const [parents, key] = splitPath(leaf.path);
  const [parentsBefore] = splitPath(before);
  const shared = parents.findIndex((parent, i) => parent !== parentsBefore[i]);
  const fresh = shared < 0 ? [] : parents.slice(shared);
  return (
    <>
      {fresh.map((parent, i) => (
        <div key={parent} class={`depth-${Math.min(8, parents.length - fresh.length + i)}`}>
          <span class="key">{parent}</span>
        </div>
      ))}
      <div class={`depth-${Math.min(8, parents.length)}`} title={leaf.path.replaceAll(SEPARATOR, '.')}>
        <span class="key">{key}:</span>{' '}
        {leaf.isLong ? <LongText text={leaf.text} isOpen={isOpen} /> : leaf.text}
      </div>
    </>
  );
}

/** A diff or a long list: folded, unless a search found something. */
function LongText({ text, isOpen }: { text: string; isOpen: boolean }) {
  const lines = text.split('\n').length;
  return (
    <details open={isOpen}>
      <summary>{lines > 1 ? countText(lines, 'line') : countText(text.length, 'character')}</summary>
      <pre>{text}</pre>
    </details>
  );
}

const SEPARATOR = '\u0000';

function splitPath(path: string): [string[], string] {
  const parts = path.split(SEPARATOR);
  return [parts.slice(0, -1), parts[parts.length - 1] ?? ''];
}

function leavesOf(value: unknown, path: string): Leaf[] {
  if (typeof value !== 'object' || value === null || isShortList(value)) {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
    return path === '' ? [] : [{ path, text, isLong: text.length > LONG || text.includes('\n') }];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    leavesOf(inner, path === '' ? key : path + SEPARATOR + key),
  );
}

function isShortList(value: object): boolean {
  return (
    Array.isArray(value) &&
    value.every((item) => typeof item !== 'object') &&
    JSON.stringify(value).length <= LONG
  );
}
