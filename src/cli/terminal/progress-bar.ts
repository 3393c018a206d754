import { formatBytes } from '../../core/byte-size.js';
import { formatNumber, formatSeconds } from './number-format.js';

export interface TrialProgress {
  label: string;
  step: number;
  /** null: not known */
  steps: number | null;
  /** null: none yet */
  loss: unknown;
  tokensPerSecond: number | null;
  learningRate?: number | null;
  gradientNorm?: number | null;
  memoryBytes?: number | null;
  secondsLeft?: number | null;
  /** what is searched, e.g. `rank 8` */
  detail: string;
}

const [NARROW, WIDE] = [8, 20];
const GAP = '  ';

/** What matters most comes first: the rest is left out where the line is too narrow. */
const IMPORTANCE = [
  ...['step', 'loss', 'left', 'label', 'detail', 'bar', 'speed', 'memory', 'rate', 'norm'],
] as const;
type Part = (typeof IMPORTANCE)[number];

/**
 * `trial 3  ████████░░░░░░░░░░░░  step 24/60  loss 3.912  12 s left  1,240 tokens/s  310 MB  lr 0.002  grad 0.41`
 * @param columns most characters; null: no limit, and no bar, for files and pipes
 */
export function progressLine(progress: TrialProgress, columns: number | null): string {
  const texts = textsOf(progress);
  const taken = new Set<Part>();
  let room = (columns ?? Number.POSITIVE_INFINITY) + GAP.length;
  for (const part of IMPORTANCE) {
    const width = part === 'bar' ? barWidth(progress, columns) : texts[part].length;
    if (width === 0 || width + GAP.length > room) continue;
    taken.add(part);
    room -= width + GAP.length;
  }
  // One of two widths: a bar that follows every digit of the numbers beside it would tremble.
  if (taken.has('bar')) texts.bar = bar(progress, room >= WIDE - NARROW ? WIDE : NARROW);
  return Object.entries(texts)
    .filter(([part]) => taken.has(part as Part))
    .map(([, text]) => text)
    .join(GAP)
    .slice(0, columns ?? undefined);
}

/** In the order of the line. */
function textsOf(progress: TrialProgress): Record<Part, string> {
  const { label, step, steps, loss, detail, secondsLeft, tokensPerSecond } = progress;
  const { memoryBytes, learningRate, gradientNorm } = progress;
  return {
    label,
    bar: '',
    step: steps === null ? `step ${formatNumber(step)}` : `step ${step}/${steps}`,
    loss: `loss ${formatNumber(loss)}`,
    left: optional(secondsLeft, (seconds) => `${formatSeconds(seconds)} left`),
    speed: optional(tokensPerSecond, (speed) => `${formatNumber(Math.round(speed))} tokens/s`),
    memory: optional(memoryBytes, formatBytes),
    rate: optional(learningRate, (rate) => `lr ${formatNumber(rate)}`),
    norm: optional(gradientNorm, (norm) => `grad ${formatNumber(norm)}`),
    detail,
  };
}

const optional = (value: number | null | undefined, format: (value: number) => string) =>
  value === null || value === undefined ? '' : format(value);

function barWidth({ steps }: TrialProgress, columns: number | null): number {
  return steps === null || steps <= 0 || columns === null ? 0 : NARROW;
}

function bar({ step, steps }: TrialProgress, width: number): string {
  const full = Math.round(Math.min(1, step / steps!) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}
