import { signal } from '@preact/signals';

/** The run that the pointer is on, in whichever chart or table: all of them show it. */
export const hoveredRun = signal<string | null>(null);

export function hoverRun(runId: string | null): void {
  hoveredRun.value = runId;
}

/** The step that the pointer is on in a chart of curves, and which chart: the others put their crosshair there. */
export const hoveredStep = signal<{ chart: string; step: number } | null>(null);
