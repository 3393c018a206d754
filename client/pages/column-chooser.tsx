import { useEffect, useRef, useState } from 'preact/hooks';
import { closeOutside } from '../parts/close-outside.js';
import type { Keys } from './filter-bar.js';
import { DEFAULT_COLUMNS, FIXED_COLUMNS } from './run-columns.js';
import { chooseColumns } from './runs-state.js';

const FACTS = ['trainableParameters', 'totalParameters', 'bestStep', 'tokens', 'seconds', 'tokensPerSecond'];
const SHOWN_AT_MOST = 200;

/** A list of all columns there could be, with a search field; ticked ones are shown, in the order of ticking. */
export function ColumnChooser({ columns, keys }: { columns: string[]; keys: Keys | undefined }) {
  const [isOpen, setOpen] = useState(false);
  const anchor = useRef<HTMLDivElement>(null);
  useEffect(() => closeOutside(anchor.current!, () => setOpen(false)), []);
  return (
    <div class="popover-anchor" ref={anchor}>
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        Columns
      </button>
      {isOpen && <Chooser columns={columns} keys={keys ?? { configPaths: [], metricNames: [] }} />}
    </div>
  );
}

function Chooser({ columns, keys }: { columns: string[]; keys: Keys }) {
  const [search, setSearch] = useState('');
  const matches = (path: string) => path.toLowerCase().includes(search.toLowerCase());
  return (
    <div class="popover" role="dialog" aria-label="columns">
      <input
        type="search"
        placeholder="search metrics and settings"
        aria-label="search columns"
        value={search}
        ref={(input) => input?.focus()}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <button type="button" class="plain" onClick={() => chooseColumns(DEFAULT_COLUMNS)}>
        Back to the usual columns
      </button>
      {groupsOf(columns, keys).map(([title, paths]) => (
        <Group key={title} title={title} paths={paths.filter(matches)} columns={columns} />
      ))}
    </div>
  );
}

function groupsOf(columns: string[], { configPaths, metricNames }: Keys): [string, string[]][] {
  return [
    ['Shown', columns],
    ['Metrics', metricNames.map((name) => `metric.${name}`)],
    ['Lowest values', metricNames.map((name) => `metric.${name}:min`)],
    ['Config', configPaths.map((path) => (path.startsWith('config.') ? path : `config.${path}`))],
    ['Run', FIXED_COLUMNS],
    ['Curves', metricNames.map((name) => `curve.${name}`)],
    ['Facts of the training', FACTS.map((fact) => `facts.${fact}`)],
  ];
}

function Group({ title, paths, columns }: { title: string; paths: string[]; columns: string[] }) {
  if (paths.length === 0) return null;
  const toggle = (path: string) =>
    chooseColumns(columns.includes(path) ? columns.filter((c) => c !== path) : [...columns, path]);
  return (
    <>
      <h3>{title}</h3>
      {paths.slice(0, SHOWN_AT_MOST).map((path) => (
        <label key={path}>
          <input type="checkbox" checked={columns.includes(path)} onChange={() => toggle(path)} />
          {path.replace(/^(metric|config|curve|facts)\./, '')}
        </label>
      ))}
      {paths.length > SHOWN_AT_MOST && (
        <p class="hint">{paths.length - SHOWN_AT_MOST} more: search for them</p>
      )}
    </>
  );
}
