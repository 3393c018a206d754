import { useEffect, useRef, useState } from 'preact/hooks';
import { closeOutside } from './close-outside.js';
import { csvOf, download, svgFile } from './export-figure.js';

export interface Table {
  columns: string[];
  rows: unknown[][];
}

interface FigureMenuProps {
  /** file name without ending */
  name: string;
  /** the numbers behind the figure, made when they are asked for */
  table(): Table;
  /** the query that gave them, for notebooks */
  query?: { operation: { toString(): string }; variables: unknown };
}

/** What can be taken away from a figure: its picture, its numbers, its query, the address of exactly this view. */
export function FigureMenu({ name, table, query }: FigureMenuProps) {
  const [isOpen, setOpen] = useState(false);
  const anchor = useRef<HTMLDivElement>(null);
  useEffect(() => closeOutside(anchor.current!, () => setOpen(false)), []);
  const pick = (action: () => void) => () => {
    action();
    setOpen(false);
  };
  const svg = () => anchor.current?.closest('section')?.querySelector<SVGSVGElement>('.chart-host svg');
  const copy = (text: string) => void navigator.clipboard?.writeText(text);
  const fileName = name.replace(/[^\w.-]+/g, '-');
  return (
    <div class="popover-anchor" ref={anchor}>
      <button
        type="button"
        class="plain"
        aria-expanded={isOpen}
        aria-label={`take ${name} away`}
        onClick={() => setOpen(!isOpen)}
      >
        ⋯
      </button>
      {isOpen && (
        <div class="popover menu" role="menu">
          {svg() && (
            <Item text="Download SVG" onPick={pick(() => download(`${fileName}.svg`, svgFile(svg()!)))} />
          )}
          <Item text="Download CSV" onPick={pick(() => download(`${fileName}.csv`, csvOf(table())))} />
          {query && <Item text="Copy as GraphQL" onPick={pick(() => copy(graphqlOf(query)))} />}
          {query && <Item text="Copy as curl" onPick={pick(() => copy(curlOf(query)))} />}
          <Item text="Copy link to this view" onPick={pick(() => copy(window.location.href))} />
        </div>
      )}
    </div>
  );
}

function Item({ text, onPick }: { text: string; onPick(): void }) {
  return (
    <button type="button" role="menuitem" class="plain" onClick={onPick}>
      {text}
    </button>
  );
}

type Query = NonNullable<FigureMenuProps['query']>;

function graphqlOf({ operation, variables }: Query): string {
  return `${operation.toString().trim()}\n\n# variables\n# ${JSON.stringify(variables)}\n`;
}

function curlOf({ operation, variables }: Query): string {
  const body = JSON.stringify({ query: operation.toString().trim(), variables }).replaceAll("'", "'\\''");
  return `curl -s ${window.location.origin}/graphql -H 'content-type: application/json' -d '${body}'`;
}
