import { add, focusRun, pointerIn, tenth } from './svg.js';
import { createTip, type TipLine } from './tooltip.js';

/** A place of a chart that can be pointed at, walked to with the arrow keys, and chosen. */
export interface Mark {
  x: number;
  y: number;
  /** what the reader is told there; made when it is asked for */
  lines(): TipLine[];
  runId?: string;
  /** half of its width and height where it is a box: everything inside is near */
  half?: [number, number];
}

export interface MarkOptions {
  onHover?(runId: string | null): void;
  onSelect?(runId: string): void;
  /** pixels from which a mark is near */
  near?: number;
  /** a ring around the mark that is read; default true */
  hasRing?: boolean;
}

const NEAR = 24;

/**
 * The mark nearest to the pointer is read out and ringed, a click chooses its run. The chart takes the keyboard's focus: the arrow keys
 * walk from mark to mark in their order, Home and End to the outer ones, Enter chooses, Escape leaves.
 */
export function followMarks(svg: SVGSVGElement, marks: Mark[], options: MarkOptions = {}): void {
  const reader = walkMarks(svg, marks, options);
  const nearest = (event: MouseEvent) => nearestMark(marks, ...pointerIn(svg, event), options.near ?? NEAR);
  svg.addEventListener('pointermove', (event) => {
    if (event.buttons === 0 || event.buttons === undefined) reader.read(nearest(event));
  });
  svg.addEventListener('pointerleave', () => reader.read(undefined));
  svg.addEventListener('click', (event) => reader.choose(nearest(event)));
}

/** The keyboard's part alone, for charts that follow the pointer in their own way. */
export function walkMarks(svg: SVGSVGElement, marks: Mark[], options: MarkOptions): MarkReader {
  const reader = new MarkReader(svg, marks, options);
  if (marks.length > 0) takeKeys(svg, reader);
  return reader;
}

function takeKeys(svg: SVGSVGElement, reader: MarkReader): void {
  svg.setAttribute('tabindex', '0');
  svg.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !reader.key(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  });
  svg.addEventListener('blur', () => reader.leave());
}

class MarkReader {
  private readonly tip: ReturnType<typeof createTip>;
  private readonly ring: SVGCircleElement;
  private readonly name: string;
  private at = -1;

  constructor(
    private readonly svg: SVGSVGElement,
    private readonly marks: Mark[],
    private readonly options: MarkOptions,
  ) {
    this.ring = add(svg, 'circle', { class: 'best-ring reading', r: 7, visibility: 'hidden' });
    this.tip = createTip(svg);
    this.name = svg.getAttribute('aria-label') ?? '';
  }

  read(mark: Mark | undefined): void {
    const runId = mark?.runId ?? null;
    focusRun(this.svg, runId);
    this.options.onHover?.(runId);
    const isRinged = mark !== undefined && this.options.hasRing !== false;
    this.ring.setAttribute('visibility', isRinged ? 'visible' : 'hidden');
    this.tip.hide();
    if (!mark) return;
    this.ring.setAttribute('cx', String(tenth(mark.x)));
    this.ring.setAttribute('cy', String(tenth(mark.y)));
    this.tip.show(mark.x, mark.y, mark.lines());
  }

  choose(mark: Mark | undefined): void {
    if (mark?.runId !== undefined) this.options.onSelect?.(mark.runId);
  }

  /** @returns whether the key means something here */
  key(key: string): boolean {
    const last = this.marks.length - 1;
    const steps: Record<string, number> = {
      ...{ ArrowRight: Math.min(last, this.at + 1), ArrowDown: Math.min(last, this.at + 1) },
      ...{ ArrowLeft: Math.max(0, this.at - 1), ArrowUp: Math.max(0, this.at - 1), Home: 0, End: last },
    };
    if (key === 'Escape') this.leave();
    else if (key === 'Enter') this.choose(this.marks[this.at]);
    else if (steps[key] === undefined) return false;
    else this.walkTo(steps[key]);
    return true;
  }

  /** What is read stands in the chart's name too: a screen reader says the name of what has the focus. */
  private walkTo(at: number): void {
    this.at = at;
    const mark = this.marks[at]!;
    this.read(mark);
    this.svg.setAttribute(
      'aria-label',
      `${this.name}: ${mark
        .lines()
        .map(({ text }) => text)
        .join(', ')}`,
    );
  }

  leave(): void {
    this.at = -1;
    this.read(undefined);
    this.svg.setAttribute('aria-label', this.name);
  }
}

function nearestMark(marks: Mark[], px: number, py: number, near: number): Mark | undefined {
  let [best, bestDistance] = [undefined as Mark | undefined, near];
  for (const mark of marks) {
    const [w, h] = mark.half ?? [0, 0];
    const distance = Math.hypot(
      Math.max(0, Math.abs(mark.x - px) - w),
      Math.max(0, Math.abs(mark.y - py) - h),
    );
    if (distance < bestDistance || (distance === bestDistance && best === undefined))
      [best, bestDistance] = [mark, distance];
  }
  return best;
}
