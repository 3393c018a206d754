import type { ChartFrame } from '../charts/svg.js';

export type CaseName = 'empty' | 'one-point' | 'typical' | 'huge' | 'nan' | (string & {});

/** One chart with sample data for each case that a chart has to get right; `dark` is the typical one on black. */
export interface Figure {
  name: string;
  /** what a reader uses it for */
  about: string;
  height: number;
  width?: number;
  cases: Record<CaseName, (frame: ChartFrame) => SVGSVGElement | HTMLElement>;
}

/** Every case, and the dark one. */
export function picturesOf({ name, cases }: Figure) {
  const all = Object.entries(cases).map(([key, draw]) => ({
    name: `${name}-${key}`,
    draw,
    theme: 'light' as const,
  }));
  return [...all, { name: `${name}-dark`, draw: cases.typical!, theme: 'dark' as const }];
}
