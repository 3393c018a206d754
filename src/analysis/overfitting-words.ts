import type { EarlyStop, Overfitting } from './overfitting.js';

/** What the curves say, and what would have helped. Numbers as `format` writes them. */
export function overfittingWords(
  found: Overfitting | null,
  stop: EarlyStop | null,
  format: (value: number) => string,
): string {
  if (found === null)
    return 'Fewer than three validation losses: nothing can be said. Set evaluationInterval.';
  return [verdict(found, format), elsewhere(found, format), remedy(found, stop, format)]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

function verdict(found: Overfitting, format: (value: number) => string): string {
  const { bestStep, best, lastStep, last, givenBack, trainChange, isOverfitted, isStillFalling } = found;
  if (isStillFalling)
    return `The validation loss was still falling at the end (${format(last)} at step ${lastStep}).`;
  const training = trainChange === null ? '' : `, while the training loss fell by ${format(-trainChange)}`;
  const rise = `The validation loss was lowest at step ${bestStep} (${format(best)})`;
  if (givenBack === null) {
    const never = `The validation loss never got below where it began (${format(best)}): it ended ${format(last - best)} above`;
    return isOverfitted
      ? `${never}${training}: the run learned its data by heart from the start.`
      : `${never}.`;
  }
  const share = `${format(100 * givenBack)} % of what it had gained`;
  if (!isOverfitted)
    return `${rise} and ended ${format(last - best)} above that, ${share}: no sign of overfitting.`;
  return `${rise}; it then rose by ${format(last - best)}, ${share}${training}: from there on the run learned its data by heart.`;
}

function elsewhere({ outOfDomain, bestStep }: Overfitting, format: (value: number) => string): string {
  if (outOfDomain === null || outOfDomain.bestStep >= bestStep) return '';
  const rise = outOfDomain.last - outOfDomain.best;
  return `Out of domain it went wrong earlier: lowest at step ${outOfDomain.bestStep}, ${format(rise)} higher at the end.`;
}

function remedy(
  { isOverfitted, lastStep }: Overfitting,
  stop: EarlyStop | null,
  format: (value: number) => string,
) {
  if (!isOverfitted) return '';
  if (stop === null) return 'Fewer steps, more data, or dropout help; earlyStopping keeps the best step.';
  const saved = `${lastStep - stop.step} of ${lastStep} steps saved`;
  return `earlyStopping {patience: ${stop.patience}} would have kept step ${stop.bestStep} (${format(stop.best)}), ${saved}.`;
}
