/** Writes the tables of docs/surface.md, between its markers, from measured lines. */
import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = 'docs/surface.md';

const shown = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value.toFixed(3) : 'diverged';
const row = (cells) => `| ${cells.join(' | ')} |\n`;
const table = (head, rows) => row(head) + row(head.map(() => '--:')) + rows.map(row).join('');
const distinct = (values) => [...new Set(values)].sort((a, b) => a - b);

const MEASURES = [
  ['in-domain loss', ({ scores }) => scores['in_domain/loss']],
  ['out-of-domain loss', ({ scores }) => scores['out_of_domain/loss']],
  ['change of base capability (positive is worse)', ({ scores }) => scores['base_capability/change']],
];

/** Rows are learning rates, columns are ranks. */
function surface(lines, title, read) {
  const ranks = distinct(lines.map((line) => line.rank));
  const rates = distinct(lines.map((line) => line.learningRate));
  const cell = (rate, rank) => {
    const line = lines.find((found) => found.learningRate === rate && found.rank === rank);
    return line === undefined ? '–' : shown(read(line));
  };
  const rows = rates.map((rate) => [rate, ...ranks.map((rank) => cell(rate, rank))]);
  return `**${title}**\n\n${table(['rate \\ rank', ...ranks], rows)}\n`;
}

const scoresOf = (line) => MEASURES.map(([, read]) => shown(read(line)));
const MEASURE_NAMES = MEASURES.map(([name]) => name);

function dropouts(lines) {
  const rank = 16;
  const some = lines.filter((line) => line.rank === rank && line.seed === 0);
  const rates = distinct(some.filter((line) => line.dropout > 0).map((line) => line.learningRate));
  const chosen = some.filter((line) => rates.includes(line.learningRate));
  const ordered = chosen.sort((a, b) => a.learningRate - b.learningRate || a.dropout - b.dropout);
  const rows = ordered.map((line) => [line.learningRate, line.dropout, ...scoresOf(line)]);
  return `**dropout, at rank ${rank}**\n\n${table(['rate', 'dropout', ...MEASURE_NAMES], rows)}\n`;
}

function seeds(lines) {
  const repeated = lines.find((line) => line.seed !== 0);
  if (repeated === undefined) return '';
  const { learningRate, rank, dropout } = repeated;
  const same = lines.filter(
    (l) => l.learningRate === learningRate && l.rank === rank && l.dropout === dropout,
  );
  const rows = same.sort((a, b) => a.seed - b.seed).map((line) => [line.seed, ...scoresOf(line)]);
  return `**seeds, at rate ${learningRate} and rank ${rank}**: differences below these are noise\n\n${table(['seed', ...MEASURE_NAMES], rows)}\n`;
}

function costs(lines) {
  const ranks = distinct(lines.map((line) => line.rank));
  const rows = ranks.map((rank) => {
    const some = lines.filter((line) => line.rank === rank && line.dropout === 0);
    const times = some.map((line) => line.cpuSeconds).sort((a, b) => a - b);
    return [rank, some[0].trainableParameters, times[Math.floor(times.length / 2)]];
  });
  return `**cost**\n\n${table(['rank', 'trainable parameters', 'seconds of processor time of a trial without dropout (median)'], rows)}\n`;
}

function baseLine({ base, steps }) {
  const of = (role) => shown(base[`${role}/loss`]);
  return `Base (step 0): in-domain ${of('in_domain')}, out-of-domain ${of('out_of_domain')}, base capability ${of('base_capability')}. ${steps} steps a trial.\n\n`;
}

function tablesOf(lines) {
  const grid = lines.filter((line) => line.dropout === 0 && line.seed === 0);
  const isSurface = distinct(grid.map((line) => line.rank)).length > 1;
  const surfaces = isSurface ? MEASURES.map(([title, read]) => surface(grid, title, read)).join('') : '';
  const { date, machine, model, backend } = lines.at(-1);
  const where = `Measured ${date} on ${machine}, ${backend}; base model ${model} (first 16 digits of the SHA-256 of its weights).\n`;
  return baseLine(lines[0]) + surfaces + dropouts(lines) + seeds(lines) + costs(lines) + where;
}

/** @param lines measured lines of one base model */
export function writeReport(lines) {
  let page = readFileSync(PAGE, 'utf8');
  for (const block of new Set(lines.map((line) => line.block))) {
    const marked = new RegExp(`(<!-- ${block}: .*? -->\\n)[\\s\\S]*?(<!-- end of ${block} -->)`);
    const tables = tablesOf(lines.filter((line) => line.block === block));
    page = page.replace(marked, (_, start, end) => `${start}\n${tables}\n${end}`);
  }
  writeFileSync(PAGE, page);
}
