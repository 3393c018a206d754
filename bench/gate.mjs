/**
 * Does the gate keep its promises? Simulated item sets, seeded: false-ship rates at the limit, of one requirement and of whole policies, false
 * refusals, power at the number of items that it asks for, and the coverage of the intervals. A table on stderr, one JSON line on stdout;
 * exit code 1 if a false-ship rate is above its level by more than chance. `--repeats N` (default 1000).
 */
import { judgeGate } from '../dist/src/analysis/gate-verdict.js';
import { bcaInterval, resampledGains } from '../dist/src/analysis/paired-bootstrap.js';
import { lowerBound } from '../dist/src/analysis/paired-bounds.js';
import { gatePolicySchema } from '../dist/src/core/gate-policy.js';
import { RandomStream } from '../dist/src/core/random.js';
import { RARE, WORLDS } from './gate-worlds.mjs';

const given = process.argv.indexOf('--repeats');
const REPEATS = given < 0 ? 1000 : Number(process.argv[given + 1]);
const CONFIDENCE = 0.95;
const LEVEL = 1 - CONFIDENCE;
const SIZES = [50, 100, 200];
const round = (value) => Number(value.toFixed(4));
const say = (text) => process.stderr.write(`${text}\n`);

/** How often something happens, and the 99.9 % point of its chance to happen if the true rate is the level. */
function rateOf(repeats, happens) {
  let count = 0;
  for (let i = 0; i < repeats; i++) if (happens(i)) count++;
  return count / repeats;
}
const highest = (repeats) => LEVEL + 3.09 * Math.sqrt((LEVEL * CONFIDENCE) / repeats);

function falseShip(name, { draw, ends }, n) {
  return rateOf(REPEATS, (i) => {
    const random = new RandomStream(i, `false-ship/${name}/${n}`);
    return lowerBound(draw(n, random), CONFIDENCE, random, ends?.[0]) > 0;
  });
}

function coverage(name, { draw }, n) {
  const repeats = Math.min(REPEATS, 500);
  return rateOf(repeats, (i) => {
    const random = new RandomStream(i, `coverage/${name}/${n}`);
    const units = draw(n, random);
    const [low, high] = bcaInterval(units, resampledGains(units, 2000, random), 0.95);
    return low <= 0 && high >= 0;
  });
}

/** Items of a run and its base, bits per byte, with a mean gain. */
function evidence(set, role, gain, n, random) {
  const baseValues = Float64Array.from({ length: n }, () => 2 + 0.3 * random.nextNormal());
  const values = baseValues.map((one) => one - gain + 0.05 * random.nextNormal());
  const about = { set, role, score: 'bits_per_byte', goal: 'minimize', itemsHash: '' };
  return { ...about, values, baseValues, weights: null, groups: null };
}
const POLICY = gatePolicySchema.parse({
  requirements: [
    { role: 'in_domain', gainAtLeast: 0.02 },
    { role: 'out_of_domain', noWorseThan: 0.02 },
    { role: 'base_capability', noWorseThan: 0.01 },
  ],
});
const ROLES = ['in_domain', 'out_of_domain', 'base_capability'];

function verdicts(gains, n, repeats, stream) {
  const counts = { ship: 0, do_not_ship: 0, not_enough_evidence: 0 };
  for (let i = 0; i < repeats; i++) {
    const random = new RandomStream(i, stream);
    const items = ROLES.map((role, at) => evidence(role, role, gains[at], n, random));
    counts[judgeGate(POLICY, items, i).verdict]++;
  }
  return Object.fromEntries(Object.entries(counts).map(([word, count]) => [word, round(count / repeats)]));
}

/** Asks with few items, then draws as many as it asked for, with the gain that it had seen: how often does it ship? */
function power(repeats) {
  const policy = gatePolicySchema.parse({ requirements: [{ set: 'a', gainAtLeast: 0 }] });
  const pilot = judgeGate(policy, [evidence('a', 'in_domain', 0.005, 100, new RandomStream(0, 'pilot'))]);
  const items = 100 + pilot.moreItems;
  const gain = pilot.results[0].estimate;
  const decided = rateOf(repeats, (i) => {
    const drawn = evidence('a', 'in_domain', gain, items, new RandomStream(i, 'power'));
    return judgeGate(policy, [drawn], i).verdict === 'ship';
  });
  return { items, decided: round(decided) };
}

const started = process.cpuUsage();
const limit = highest(REPEATS);
say(
  `false ships at the limit, level ${round(LEVEL)}, ${REPEATS} repeats, above ${round(limit)} is more than chance`,
);
const single = Object.entries(WORLDS).map(([world, of]) => {
  const rates = SIZES.map((n) => round(falseShip(world, of, n)));
  say(`  ${world.padEnd(24)} ${SIZES.map((n, i) => `n ${n}: ${rates[i]}`).join('   ')}`);
  return { world, rates };
});
const rare = SIZES.map((n) => round(falseShip('rare', RARE, n)));
say(`  (1 item in 50 a disaster)  ${rare.join('   ')}`);
const few = Math.min(REPEATS, 400);
const policies = {
  allAtLimit: verdicts([0.02, -0.02, -0.01], 100, few, 'policy/all'),
  oneAtLimit: verdicts([0.08, 0.05, -0.01], 100, few, 'policy/one'),
  allKept: verdicts([0.06, 0.01, 0.02], 100, few, 'policy/kept'),
  oneMissed: verdicts([0.08, 0.05, -0.04], 100, few, 'policy/missed'),
};
say(`policies of three requirements: ${JSON.stringify(policies)}`);
const powers = power(few);
say(`power at the number asked for: ${JSON.stringify(powers)} (planned 0.8)`);
const intervals = ['normal', 'long tail of losses', '0/1, 5 % each way', 'groups of five'].map((world) => {
  const covered = SIZES.map((n) => round(coverage(world, WORLDS[world], n)));
  say(`  95 % BCa interval, ${world.padEnd(24)} ${covered.join('   ')}`);
  return { world, covered };
});
const { user, system } = process.cpuUsage(started);
const worst = Math.max(...single.flatMap(({ rates }) => rates));
const isKept =
  worst <= limit && policies.allAtLimit.ship <= highest(few) && policies.oneAtLimit.ship <= highest(few);
const cpuSeconds = Math.round((user + system) / 1e6);
const result = {
  bench: 'gate',
  level: round(LEVEL),
  repeats: REPEATS,
  sizes: SIZES,
  single,
  rare,
  policies,
  power: powers,
  intervals,
};
process.stdout.write(`${JSON.stringify({ ...result, worst, isKept, cpuSeconds })}\n`);
process.exitCode = isKept ? 0 : 1;
