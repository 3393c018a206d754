import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { JSDOM } from 'jsdom';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'pictures');

export const chartDocument = new JSDOM('').window.document;

/** jsdom paints nothing: what is asked of a canvas is written down instead. */
const painted = new WeakMap<object, string[]>();
chartDocument.defaultView!.HTMLCanvasElement.prototype.getContext = function getContext(this: object) {
  const operations: string[] = [];
  painted.set(this, operations);
  const said = (values: unknown[]) =>
    values.map((v) => (typeof v === 'number' ? v.toFixed(2) : String(v))).join(' ');
  return new Proxy({} as CanvasRenderingContext2D, {
    get:
      (_, name) =>
      (...values: unknown[]) =>
        void operations.push(`${String(name)} ${said(values)}`),
    set: (_, name, value) => operations.push(`${String(name)} = ${said([value])}`) > 0,
  });
} as never;

/** The operations on a chart's canvas; undefined without one. */
export function paintedOn(chart: Element): string[] | undefined {
  const canvas = chart.querySelector('canvas');
  return canvas ? painted.get(canvas) : undefined;
}

/** A chart on canvas as its SVG and, in a line, how many operations its canvas took and the hash of them all. */
function svgAndCanvas(chart: Element): { svg: Element; note: string } {
  const operations = paintedOn(chart);
  if (!operations) return { svg: chart, note: '' };
  const hash = createHash('sha256').update(operations.join('\n')).digest('hex').slice(0, 16);
  return {
    svg: chart.querySelector('svg')!,
    note: `<!-- canvas: ${operations.length} operations, ${hash} -->\n`,
  };
}

/** The frame that chart tests draw in. */
export function frame(height = 240, theme: 'light' | 'dark' = 'light') {
  return { document: chartDocument, width: 640, height, theme };
}

/** One element a line, with the dashboard's own style sheets, so that a picture can be opened and its changes read. */
function toFile(chart: Element, theme: string): string {
  const { svg, note } = svgAndCanvas(chart);
  const styles = ['tokens', 'charts'].map(
    (name) => `<?xml-stylesheet href="../../../../client/styles/${name}.css" type="text/css"?>\n`,
  );
  const copy = svg.cloneNode(true) as Element;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('data-theme', theme);
  return `${styles.join('')}${copy.outerHTML.replace(/></g, '>\n<')}\n${note}`;
}

/**
 * Compares a chart with its stored picture in pictures/NAME.svg. A picture that is not there yet is stored, except where CI is set;
 * UPDATE_PICTURES=1 stores all of them anew (then look at them).
 */
export function expectPicture(svg: Element, name: string, theme = 'light'): void {
  const path = join(FOLDER, `${name}.svg`);
  const drawn = toFile(svg, theme);
  const mayStore = process.env.UPDATE_PICTURES === '1' || (!existsSync(path) && !process.env.CI);
  if (mayStore) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(path, drawn);
  }
  expect(drawn).toBe(existsSync(path) ? readFileSync(path, 'utf8') : `no picture ${name}.svg`);
}

/** Moves a pointer over a chart; jsdom has no layout, so client coordinates are the chart's own. */
export function point(svg: SVGSVGElement, type: string, x: number, y: number): void {
  const { MouseEvent } = chartDocument.defaultView!;
  svg.dispatchEvent(new MouseEvent(type, { clientX: x, clientY: y, bubbles: true, button: 0 }));
}
