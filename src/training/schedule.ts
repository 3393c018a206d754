export interface Schedule {
  name: 'constant' | 'linear' | 'cosine';
  warmupSteps: number;
  /** where the decay ends, as a fraction of the peak */
  floor?: number;
}

/**
 * What the peak learning rate is multiplied by at a step (counted from 1) of `steps`, as transformers' schedules do: a linear
 * warm-up, then constant, linear or half a cosine down to the floor.
 */
export function scheduleFactor(
  { name, warmupSteps, floor = 0 }: Schedule,
  step: number,
  steps: number,
): number {
  const done = step - 1;
  if (done < warmupSteps) return done / warmupSteps;
  if (name === 'constant') return 1;
  const progress = Math.min(1, (done - warmupSteps) / Math.max(1, steps - warmupSteps));
  const shape = name === 'linear' ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2;
  return floor + (1 - floor) * shape;
}
