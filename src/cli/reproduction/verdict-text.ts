import type { VerdictFieldsFragment } from '../../api-client/operations.generated.js';

const SENTENCES: Record<string, string> = {
  identical: 'Identical: every logged value is the same.',
  within_tolerance: 'Within tolerance: the values differ by no more than rounding does.',
  differs: 'Differs',
};

/** The verdict as a sentence, with its evidence. */
export function verdictText({
  verdict,
  step,
  metric,
  evidence,
  originalId,
  reproductionId,
}: VerdictFieldsFragment): string {
  const place = verdict === 'differs' ? ` at step ${step ?? '?'} in ${metric ?? '?'}.` : '';
  const lines = Object.entries((evidence ?? {}) as Record<string, unknown>).map(
    ([name, value]) => `  ${name}: ${shown(value)}`,
  );
  return [`${SENTENCES[verdict] ?? verdict}${place}`, ...lines, `  ${originalId} and ${reproductionId}`].join(
    '\n',
  );
}

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
