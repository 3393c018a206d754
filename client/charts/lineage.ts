import { runColor } from './colors.js';
import { followMarks, type Mark } from './marks.js';
import { add, type ChartFrame, createChart, sayEmpty } from './svg.js';

/** A run and where it came from. Runs are given oldest first. */
export interface LineageRun {
  runId: string;
  label: string;
}

export interface LineageLink {
  runId: string;
  /** the earlier run */
  fromId: string;
  kind: string;
  step: number | null;
}

export interface LineageOptions extends ChartFrame {
  /** the run whose page it is */
  here: string;
  emptyText?: string;
  onSelect?(runId: string): void;
}

export interface Placed extends LineageRun {
  /** links from the oldest run that it comes from */
  column: number;
  row: number;
}

const ROW = 26;
const TOP = 16;
const LEFT = 12;
const DOTS = 5;

/** Each run stands one column right of the latest of those that it comes from, and in a row of its own below what came before. */
export function placeLineage(runs: readonly LineageRun[], links: readonly LineageLink[]): Placed[] {
  const columns = new Map<string, number>();
  const columnOf = (runId: string, path: readonly string[]): number => {
    const known = columns.get(runId);
    if (known !== undefined || path.includes(runId)) return known ?? 0;
    const from = links.filter((link) => link.runId === runId).map(({ fromId }) => fromId);
    const column = Math.max(-1, ...from.map((fromId) => columnOf(fromId, [...path, runId]))) + 1;
    columns.set(runId, column);
    return column;
  };
  return runs.map((run, row) => ({ ...run, column: columnOf(run.runId, []), row }));
}

/** The height that a lineage of so many runs needs. */
export const lineageHeight = (runs: number) => 2 * TOP + Math.max(1, runs) * ROW;

/** How runs come from each other: a dot a run, oldest above, a curve from each run to those that came from it. */
export function lineage(
  runs: readonly LineageRun[],
  links: readonly LineageLink[],
  options: LineageOptions,
): SVGSVGElement {
  const svg = createChart(options, `${runs.length} runs that come from each other, ${links.length} links`);
  if (runs.length < 2) return sayEmpty(svg, options, options.emptyText ?? 'No other run came from it');
  const placed = placeLineage(runs, links);
  const last = Math.max(...placed.map(({ column }) => column));
  const width = Math.min(60, (options.width * 0.35) / Math.max(1, last));
  const at = new Map(
    placed.map((one) => [one.runId, [LEFT + one.column * width, TOP + one.row * ROW] as const]),
  );
  for (const link of links) drawLink(svg, link, at);
  for (const run of placed) drawRun(svg, run, at.get(run.runId)!, links, options);
  followMarks(
    svg,
    placed.map((run) => markOf(run, at.get(run.runId)!, links)),
    options,
  );
  return svg;
}

function markOf(
  { runId, label }: Placed,
  [x, y]: readonly [number, number],
  links: readonly LineageLink[],
): Mark {
  const own = links.filter((link) => link.runId === runId);
  const lines = () => [
    { text: label, color: runColor(runId), isStrong: true },
    ...(own.length === 0
      ? [{ text: 'comes from no other run' }]
      : own.map((link) => ({ text: `${kindText(link)} ${link.fromId}` }))),
  ];
  return { runId, x, y, lines };
}

type Places = ReadonlyMap<string, readonly [number, number]>;

function drawLink(svg: Element, { runId, fromId, kind }: LineageLink, at: Places): void {
  const [from, to] = [at.get(fromId), at.get(runId)];
  if (!from || !to) return;
  const d = `M${from[0]},${from[1]}V${to[1] - 8}Q${from[0]},${to[1]} ${from[0] + 8},${to[1]}H${to[0]}`;
  add(svg, 'path', { class: `link link-${kind}`, d, fill: 'none' });
}

function drawRun(
  svg: Element,
  { runId, label }: Placed,
  [x, y]: readonly [number, number],
  links: readonly LineageLink[],
  { here, width }: LineageOptions,
): void {
  const isHere = runId === here;
  const group = add(svg, 'g', { class: isHere ? 'run-node here' : 'run-node', 'data-run': runId });
  add(group, 'circle', { cx: x, cy: y, r: isHere ? DOTS + 2 : DOTS, fill: runColor(runId) });
  const own = links.filter((link) => link.runId === runId).map(kindText);
  const text = own.length === 0 ? label : `${label} · ${own.join(', ')}`;
  const where = { class: isHere ? 'label strong' : 'label', x: x + 12, y: y + 4 };
  add(group, 'text', where, shortened(text, width - x - 12));
}

const kindText = ({ kind, step }: LineageLink) =>
  `${kind.replaceAll('_', ' ')}${step === null ? '' : ` step ${step}`}`;

/** About 6.4 pixels a letter. */
function shortened(text: string, pixels: number): string {
  const most = Math.max(8, Math.floor(pixels / 6.4));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
