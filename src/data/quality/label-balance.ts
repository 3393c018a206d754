import type { Place } from './finding.js';

const [FEWEST, LARGEST_SHARE, LARGEST_RATIO, MOST_LABELS] = [20, 0.9, 10, 100];
/** An answer of a set that does not say it is classification counts as a label if it is so short, and one of so few. */
const [LABEL_CHARACTERS, MOST_ANSWERS, ANSWERS_PER_LABEL] = [40, 20, 10];

/** Counts of labels, with the first place of each. */
export class LabelBalance {
  private readonly labels = new Map<string, { count: number; first: Place }>();
  private declared = 0;
  private others = 0;

  add(answer: string, isLabel: boolean, place: () => Place): void {
    if (isLabel) this.declared++;
    if (!isLabel && answer.length > LABEL_CHARACTERS) this.others++;
    else this.count(answer.trim(), place);
  }

  private count(label: string, place: () => Place): void {
    const known = this.labels.get(label);
    if (known) known.count++;
    else if (this.labels.size < 2 * MOST_LABELS) this.labels.set(label, { count: 1, first: place() });
    else this.others++;
  }

  /** What is unbalanced, in words, and where the most frequent label is first. */
  finding(): { items: Place[]; detail: string } | null {
    const labels = [...this.labels].sort(([, a], [, b]) => b.count - a.count);
    const total = labels.reduce((sum, [, { count }]) => sum + count, 0);
    if (total < FEWEST || !this.isClassification(labels.length, total)) return null;
    const [[most, { count, first }], [least, { count: fewest }]] = [labels[0]!, labels.at(-1)!];
    if (labels.length === 1) return { items: [first], detail: `all ${count} have the label "${most}"` };
    if (count / total <= LARGEST_SHARE && count / fewest <= LARGEST_RATIO) return null;
    const share = ((100 * count) / total).toFixed(1);
    const detail = `${count} of ${total} (${share} %) have the label "${most}", ${fewest} "${least}"`;
    return { items: [first], detail };
  }

  private isClassification(labels: number, total: number): boolean {
    if (this.declared > 0) return labels <= MOST_LABELS && this.others === 0;
    const isFew = labels > 1 && labels <= MOST_ANSWERS && labels * ANSWERS_PER_LABEL <= total;
    return isFew && this.others <= total / 20;
  }
}
