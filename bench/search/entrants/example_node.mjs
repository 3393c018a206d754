// Random search in plain Node: the smallest complete optimiser of the protocol (see ../README.md).
//   python3 run.py --block dev --cmd node-random="node entrants/example_node.mjs" --entrants node-random --seeds 1
import { createInterface } from 'node:readline';

let start, history, state;
const rnd = () => {
  // mulberry32
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const draw = (p) => {
  if (p.type !== 'float') return p.values[Math.floor(rnd() * p.values.length)];
  const [a, b] = p.scale === 'log' ? [Math.log(p.low), Math.log(p.high)] : [p.low, p.high];
  const v = a + rnd() * (b - a);
  return Math.min(p.high, Math.max(p.low, p.scale === 'log' ? Math.exp(v) : v));
};
const suggest = () => ({
  type: 'suggest',
  params:
    !history.length && start.defaults
      ? start.defaults
      : Object.fromEntries(start.space.map((p) => [p.name, draw(p)])),
});
const answer = (m) => {
  if (m.type === 'start') {
    start = m;
    history = [];
    state = m.seed | 0;
    return suggest();
  }
  if (m.type === 'tell') {
    history.push(m);
    return m.remaining > 0 ? suggest() : { type: 'done' };
  }
  if (m.type === 'recommend') {
    const sign = start.goal === 'maximize' ? -1 : 1;
    const ok = history.filter((t) => t.value !== null).sort((a, b) => sign * (a.value - b.value));
    return { type: 'recommend', params: (ok[0] ?? history[0]).params };
  }
  return null;
};
for await (const line of createInterface({ input: process.stdin })) {
  const m = JSON.parse(line);
  if (m.type === 'exit') break;
  process.stdout.write(`${JSON.stringify(answer(m))}\n`);
}
