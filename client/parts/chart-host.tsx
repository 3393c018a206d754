import { useSignalEffect } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { showStep } from '../charts/curve-crosshair.js';
import { type ChartFrame, focusRun } from '../charts/svg.js';
import { theme } from '../theme.js';
import { hoveredRun, hoveredStep } from './hover.js';

interface ChartHostProps {
  height: number;
  /** draws the chart anew; called when `inputs`, the width or the theme changed */
  draw(frame: ChartFrame): SVGSVGElement | HTMLElement;
  inputs: unknown[];
  /** the chart's name among those of the page that share a crosshair */
  crosshair?: string;
}

/**
 * Holds a chart as wide as its place. A new picture waits while the reader drags in the old one, and the pointer that rests on a chart
 * is told to the new picture, so that live data takes neither brush nor tooltip away.
 */
export function ChartHost({ height, draw, inputs, crosshair }: ChartHostProps) {
  const host = useRef<HTMLDivElement>(null);
  const pointer = useRef(new PointerMemory());
  const width = useWidth(host);
  const shownTheme = theme.value;
  useLayoutEffect(() => {
    if (!host.current || width === 0) return;
    const show = () => {
      const chart = draw({ document, width, height, theme: shownTheme });
      host.current?.replaceChildren(chart);
      const svg = svgOf(chart);
      focusRun(svg, hoveredRun.peek());
      pointer.current.tell(svg);
    };
    return pointer.current.whenFree(show);
  }, [width, height, shownTheme, ...inputs]);
  useEffect(() => pointer.current.watch(host.current!), []);
  useSignalEffect(() => {
    const svg = host.current?.querySelector('svg');
    const runId = hoveredRun.value;
    if (svg) focusRun(svg as SVGSVGElement, runId);
  });
  useSignalEffect(() => {
    const svg = host.current?.querySelector('svg');
    const hovered = hoveredStep.value;
    if (svg && crosshair && hovered?.chart !== crosshair)
      showStep(svg as SVGSVGElement, hovered?.step ?? null);
  });
  return <div class="chart-host" ref={host} style={{ minHeight: `${height}px` }} />;
}

/** A chart with a canvas stands in a box with it. */
function svgOf(chart: SVGSVGElement | HTMLElement): SVGSVGElement {
  return chart instanceof SVGSVGElement ? chart : chart.querySelector('svg')!;
}

function useWidth(host: { current: HTMLDivElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setWidth(Math.floor(host.current?.clientWidth ?? 0));
    const observer = new ResizeObserver(measure);
    observer.observe(host.current!);
    measure();
    return () => observer.disconnect();
  }, []);
  return width;
}

/** Where the pointer rests in the host, and whether a button is held. */
class PointerMemory {
  private last: PointerEvent | null = null;
  private isHeld = false;
  private waiting: (() => void) | null = null;

  /** Runs now, or once the button is let go. @returns what takes it back */
  whenFree(show: () => void): () => void {
    if (!this.isHeld) show();
    else this.waiting = show;
    return () => {
      this.waiting = null;
    };
  }

  tell(svg: SVGSVGElement): void {
    if (!this.last) return;
    const { clientX, clientY } = this.last;
    svg.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY }));
  }

  watch(host: HTMLElement): () => void {
    const release = () => {
      this.isHeld = false;
      setTimeout(() => this.waiting?.());
    };
    const keep = (event: PointerEvent) => {
      if (event.isTrusted) this.last = event;
    };
    host.addEventListener('pointermove', keep);
    host.addEventListener('pointerleave', () => {
      this.last = null;
    });
    host.addEventListener('pointerdown', () => {
      this.isHeld = true;
    });
    window.addEventListener('pointerup', release);
    window.addEventListener('pointercancel', release);
    return () => {
      window.removeEventListener('pointerup', release);
      window.removeEventListener('pointercancel', release);
    };
  }
}
