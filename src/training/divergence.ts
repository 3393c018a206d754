/** A loss above this many times the base's, and that many nats more, will not come back. */
const BOUND = { factor: 3, nats: 2 };

/**
 * Says when a run has left all bounds: a number that is not finite, or a loss far above the base's. The base's is the larger of its loss on the
 * first batch (before the first update) and on the validation set.
 */
export class Divergence {
  baseLoss = 0;

  seeBase(loss: number): void {
    if (Number.isFinite(loss)) this.baseLoss = Math.max(this.baseLoss, loss);
  }

  /** @returns what went out of bounds, or null */
  why(what: string, value: number): string | null {
    if (!Number.isFinite(value)) return `${what} is ${value}`;
    const { baseLoss } = this;
    const bound = baseLoss * BOUND.factor + BOUND.nats;
    if (value <= bound) return null;
    return `${what} is ${value.toPrecision(4)}, above ${bound.toPrecision(4)} (${BOUND.factor} times the base's ${baseLoss.toPrecision(4)}, and ${BOUND.nats} nats)`;
  }
}
