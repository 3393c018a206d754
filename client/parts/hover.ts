import { signal } from '@preact/signals';

/** The run that the pointer is on, in whichever chart or table: all of them show it. */
export const hoveredRun = signal<string | null>(null);

export function hoverRun(runId: string | null): void {
  hoveredRun.value = runId;
}
