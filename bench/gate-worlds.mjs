/**
 * Worlds that evaluation items could come from, each with a true gain of exactly 0: what is drawn is a gain (or scores of adapter and base).
 * A gate at its limit sees these after the limit is subtracted.
 */
const normal = (random) => random.nextNormal();
const exponential = (random) => -Math.log(1 - random.next());
const meanOfLogNormal = Math.exp(0.5);

/** Worst case for a loss: a few items become much worse. */
const longTail = (random) => meanOfLogNormal - Math.exp(normal(random));
const t3 = (random) => {
  const [a, b, c] = [normal(random), normal(random), normal(random)];
  return normal(random) / Math.sqrt((a * a + b * b + c * c) / 3);
};
/** 0 or 1 for each: better on a share of the items, worse on another; the difference of the shares is subtracted. */
const rightOrWrong = (better, worse) => (random) => {
  const u = random.next();
  return (u < better ? 1 : u < better + worse ? -1 : 0) - (better - worse);
};
/** F1 or another share: equal on most items, anything between −1 and 1 on the others. */
const share = (random) => (random.next() < 0.7 ? 0 : random.next() - random.next());

/** n items, one unit each. */
const independent = (gain, ends = null) => ({
  ends,
  draw: (n, random) => {
    const totals = Float64Array.from({ length: n }, () => gain(random));
    return { totals, weights: new Float64Array(n).fill(1) };
  },
});

/** n groups of five items that share most of their noise. */
const grouped = (gain, ends = null) => ({
  ends,
  draw: (n, random) => {
    const totals = Float64Array.from({ length: n }, () => {
      const shared = gain(random);
      let total = 0;
      for (let i = 0; i < 5; i++) total += random.next() < 0.6 ? shared : gain(random);
      return total;
    });
    return { totals, weights: new Float64Array(n).fill(5) };
  },
});

/** Items that weigh by their length, and whose gain shrinks with it: the mean is one of tokens. */
const weighted = {
  ends: null,
  draw: (n, random) => {
    const weights = Float64Array.from({ length: n }, () => Math.ceil(20 * exponential(random)) + 4);
    return { totals: weights.map((w) => w * longTail(random) * Math.sqrt(10 / w)), weights };
  },
};

export const WORLDS = {
  normal: independent(normal),
  'long tail of losses': independent(longTail),
  'long tail of gains': independent((random) => -longTail(random)),
  'exponential losses': independent((random) => 1 - exponential(random)),
  'heavy tails (t, 3)': independent(t3),
  'tokens as weights': weighted,
  'groups of five': grouped(normal),
  'groups, long tail': grouped(longTail),
  '0/1, 5 % each way': independent(rightOrWrong(0.05, 0.05), [-1, 1]),
  '0/1, 1 % and 3 %': independent(rightOrWrong(0.01, 0.03), [-0.98, 1.02]),
  '0/1, only losses, 2 %': independent(rightOrWrong(0, 0.02), [-0.98, 1.02]),
  '0/1, 20 % each way': independent(rightOrWrong(0.2, 0.2), [-1, 1]),
  'F1, 30 % changed': independent(share, [-1, 1]),
  '0/1 in groups': grouped(rightOrWrong(0.1, 0.1), [-1, 1]),
  'F1 in groups': grouped(share, [-1, 1]),
};

/** One item in fifty is a disaster, the others are a little better: no test can see what it has not drawn. */
export const RARE = independent((random) => (random.next() < 0.02 ? -5 : 0) + 0.1 * normal(random) + 0.1);
