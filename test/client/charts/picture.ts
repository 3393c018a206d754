import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { JSDOM } from 'jsdom';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'pictures');

export const chartDocument = new JSDOM('').window.document;

/** The frame that chart tests draw in. */
export function frame(height = 240, theme: 'light' | 'dark' = 'light') {
  return { document: chartDocument, width: 640, height, theme };
}

/** One element a line, with the dashboard's own style sheets, so that a picture can be opened and its changes read. */
function toFile(svg: SVGSVGElement, theme: string): string {
  const styles = ['tokens', 'charts'].map(
    (name) => `<?xml-stylesheet href="../../../../client/styles/${name}.css" type="text/css"?>\n`,
  );
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('data-theme', theme);
  return `${styles.join('')}${copy.outerHTML.replace(/></g, '>\n<')}\n`;
}

/**
 * Compares a chart with its stored picture in pictures/NAME.svg. A picture that is not there yet is stored, except where CI is set;
 * UPDATE_PICTURES=1 stores all of them anew (then look at them).
 */
export function expectPicture(svg: SVGSVGElement, name: string, theme = 'light'): void {
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
