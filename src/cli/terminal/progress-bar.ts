import { formatNumber } from './number-format.js';

export interface TrialProgress {
  label: string;
  step: number;
  /** null: not known */
  steps: number | null;
  /** null: none yet */
  loss: unknown;
  tokensPerSecond: number | null;
  /** what is searched, e.g. `rank 8` */
  detail: string;
}

const WIDTH = 20;

/** `trial 3  ████████░░░░░░░░░░░░  step 24/60  loss 3.912  1,240 tokens/s  rank 8` */
export function progressLine({ label, step, steps, loss, tokensPerSecond, detail }: TrialProgress): string {
  const parts = [
    label,
    bar(step, steps),
    steps === null ? `step ${formatNumber(step)}` : `step ${step}/${steps}`,
    loss === null || loss === undefined ? 'loss –' : `loss ${formatNumber(loss)}`,
    tokensPerSecond === null ? '' : `${formatNumber(Math.round(tokensPerSecond))} tokens/s`,
    detail,
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function bar(step: number, steps: number | null): string {
  if (steps === null || steps <= 0) return '';
  const full = Math.round(Math.min(1, step / steps) * WIDTH);
  return '█'.repeat(full) + '░'.repeat(WIDTH - full);
}
