import { add } from './svg.js';

export interface TipLine {
  text: string;
  /** CSS colour of the swatch before the text */
  color?: string;
  isStrong?: boolean;
}

const LINE = 16;
const PAD = 8;
const CHARACTER = 6.1;

/** A box of lines inside the chart, beside (x, y) and never outside of it. A chart has one, whoever asks: pointer and keyboard share it. */
export function createTip(svg: SVGSVGElement): {
  show(x: number, y: number, lines: TipLine[]): void;
  hide(): void;
} {
  const tip = svg.querySelector<SVGGElement>('.tip') ?? add(svg, 'g', { class: 'tip', visibility: 'hidden' });
  return {
    show(x, y, lines) {
      tip.replaceChildren();
      const size = drawBox(tip, lines);
      svg.appendChild(tip);
      tip.setAttribute('transform', `translate(${placeTip(svg, x, y, size).join(',')})`);
      tip.setAttribute('visibility', 'visible');
    },
    hide: () => tip.setAttribute('visibility', 'hidden'),
  };
}

function drawBox(tip: SVGGElement, lines: TipLine[]): [number, number] {
  const width = 2 * PAD + 14 + CHARACTER * Math.max(...lines.map(({ text }) => text.length));
  const height = 2 * PAD + LINE * lines.length - 4;
  add(tip, 'rect', { width, height, rx: 4 });
  lines.forEach(({ text, color, isStrong }, i) => {
    const y = PAD + LINE * i;
    if (color)
      add(tip, 'line', { x1: PAD, x2: PAD + 9, y1: y + 6, y2: y + 6, stroke: color, 'stroke-width': 3 });
    add(
      tip,
      'text',
      { x: PAD + (color ? 14 : 0), y: y + 10, 'font-weight': isStrong ? 600 : undefined },
      text,
    );
  });
  return [width, height];
}

function placeTip(svg: SVGSVGElement, x: number, y: number, [w, h]: [number, number]): [number, number] {
  const [width, height] = ['width', 'height'].map((name) => Number(svg.getAttribute(name))) as [
    number,
    number,
  ];
  const left = x + 14 + w > width ? x - 14 - w : x + 14;
  return [
    Math.max(0, Math.round(left)),
    Math.round(Math.min(Math.max(0, y - h / 2), Math.max(0, height - h))),
  ];
}
