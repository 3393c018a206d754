import type { Table } from './figure-menu.js';

const STYLES = [
  ...[
    'fill',
    'fill-opacity',
    'stroke',
    'stroke-width',
    'stroke-dasharray',
    'stroke-linejoin',
    'stroke-linecap',
  ],
  ...['opacity', 'font-family', 'font-size', 'font-weight', 'paint-order', 'visibility', 'display'],
];

/** A chart as a file of its own: what the style sheet says is written onto each mark, in the theme that is shown. */
export function svgFile(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const shown = [svg, ...svg.querySelectorAll('*')];
  [copy, ...copy.querySelectorAll('*')].forEach((element, i) => {
    const style = getComputedStyle(shown[i]!);
    for (const name of STYLES) element.setAttribute(name, style.getPropertyValue(name));
  });
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  putCanvas(svg, copy);
  for (const extra of copy.querySelectorAll('.tip, .crosshair, .zoom-area, .brush')) extra.remove();
  return copy.outerHTML;
}

/** What is drawn on a canvas under the chart comes along as a picture. */
function putCanvas(svg: SVGSVGElement, copy: SVGSVGElement): void {
  const canvas = svg.parentElement?.querySelector<HTMLCanvasElement>(':scope > canvas');
  if (!canvas) return;
  const image = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'image');
  image.setAttribute('href', canvas.toDataURL('image/png'));
  for (const name of ['width', 'height']) image.setAttribute(name, svg.getAttribute(name)!);
  copy.prepend(image);
}

/** RFC 4180, with full numbers; a text that a spreadsheet would take for a formula is quoted by an apostrophe. */
export function csvOf({ columns, rows }: Table): string {
  return [columns, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n');
}

function csvCell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hands a file to the browser. */
export function download(name: string, content: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
