import { Option } from 'commander';
import type { VerdictWord } from '../../analysis/reproduction-verdict.js';
import { EXIT, type ExitCode } from '../failure.js';

/** The loosest class that a person takes for the same result. */
export const EXPECTATIONS = ['identical', 'kernel_noise', 'seed_variance'] as const;
export type Expectation = (typeof EXPECTATIONS)[number];

export interface JudgingOptions {
  expect: Expectation;
  failFast?: boolean;
}

export const expectOption = () =>
  new Option('--expect <class>', 'the loosest result that exits with 0')
    .choices([...EXPECTATIONS])
    .default('kernel_noise');

/** From the strictest: how far down a verdict stands. */
const RANK: Record<string, number> = {
  ...{ identical: 0, within_kernel_noise: 1, within_seed_variance: 2, different: 3 },
};
const CODES: ExitCode[] = [EXIT.ok, EXIT.withinKernelNoise, EXIT.withinSeedVariance, EXIT.failed];

/** 0 if the verdict is as good as expected; else 10, 11 or 1 for kernel noise, seed variance or different. */
export function exitOfVerdict(verdict: VerdictWord | string, expected: Expectation): ExitCode {
  const rank = RANK[verdict] ?? RANK.different!;
  return rank <= EXPECTATIONS.indexOf(expected) ? EXIT.ok : CODES[rank]!;
}
