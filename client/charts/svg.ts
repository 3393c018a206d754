const SVG = 'http://www.w3.org/2000/svg';

/** What every chart needs from its caller. Sizes are in CSS pixels. */
export interface ChartFrame {
  document: Document;
  width: number;
  height: number;
  /** colours of sequential scales depend on it; all others follow the style sheet */
  theme?: 'light' | 'dark';
}

export interface Margin {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

type Attributes = Record<string, string | number | undefined>;

/** Creates an SVG element inside `parent` with attributes; undefined ones are left out. */
export function add<K extends keyof SVGElementTagNameMap>(
  parent: Element,
  tag: K,
  attributes: Attributes = {},
  text?: string,
): SVGElementTagNameMap[K] {
  const element = parent.ownerDocument.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, String(value));
  }
  if (text !== undefined) element.textContent = text;
  parent.appendChild(element);
  return element;
}

/** An empty chart with its name for screen readers. */
export function createChart({ document, width, height }: ChartFrame, name: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'chart');
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('width', String(width));
  svg.setAttribute('height', String(height));
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', name);
  return svg;
}

/** A chart without data says so in its middle. */
export function sayEmpty(svg: SVGSVGElement, { width, height }: ChartFrame, text: string): SVGSVGElement {
  add(svg, 'text', { class: 'empty-text', x: width / 2, y: height / 2, 'text-anchor': 'middle' }, text);
  return svg;
}

/** Coordinates with one decimal: a tenth of a pixel is enough, and pictures stay small and equal everywhere. */
export const tenth = (x: number): number => Math.round(x * 10) / 10;

/** Where a pointer is in the chart's own units. */
export function pointerIn(svg: SVGSVGElement, event: MouseEvent): [number, number] {
  const box = svg.getBoundingClientRect();
  const scale = box.width === 0 ? 1 : Number(svg.getAttribute('width')) / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
}

/** What a chart with marks that are no elements (canvas) hears when a run is brought to the front; detail: its ID or null. */
export const FOCUS_RUN = 'focus-run';

/** Brings one run's marks to the front of the reader's eye: the others fade. null: none. */
export function focusRun(svg: SVGSVGElement, runId: string | null): void {
  for (const element of svg.querySelectorAll('.is-focused')) element.classList.remove('is-focused');
  const focused = runId === null ? [] : marksOf(svg, runId);
  for (const element of focused) element.classList.add('is-focused');
  if (svg.hasAttribute('data-canvas')) tellFocus(svg, runId);
  for (const layer of svg.querySelectorAll('.marks')) layer.classList.toggle('has-focus', focused.length > 0);
}

function tellFocus(svg: SVGSVGElement, runId: string | null): void {
  const { CustomEvent } = svg.ownerDocument.defaultView!;
  svg.dispatchEvent(new CustomEvent(FOCUS_RUN, { detail: runId }));
}

function marksOf(svg: SVGSVGElement, runId: string): Element[] {
  return [...svg.querySelectorAll(`[data-run="${runId.replace(/["\\]/g, '\\$&')}"]`)];
}
