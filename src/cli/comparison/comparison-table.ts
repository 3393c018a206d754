import type { MeanDeviation } from '../../analysis/mean-deviation.js';
import { formatBytes } from '../../core/byte-size.js';
import { formatChange, formatNumber, formatSeconds } from '../terminal/number-format.js';
import { textTable } from '../terminal/text-table.js';
import type { ComparisonRow } from './comparison-rows.js';
import type { Measurement } from './measurement.js';

const HEADER = [
  ...['method', 'learning rate', 'trainable', 'reduction', 'checkpoint', 'peak memory', 'time', 'tokens/s'],
  ...['in-domain', 'out-of-domain', 'base capability'],
];

/** The comparison as text; losses in nats per token, mean ± deviation over the seeds. */
export function comparisonTable(rows: readonly ComparisonRow[], base: Measurement['losses'] | null): string {
  const problems = rows.flatMap(({ label, problem }) => (problem ? [`${label}: ${firstLine(problem)}`] : []));
  const table = textTable(HEADER, [...(base ? [baseCells(base)] : []), ...rows.map(cells)]);
  return [table, ...problems].join('\n');
}

const firstLine = (text: string) => text.split('\n')[0]!;

function baseCells({ in_domain: inDomain, out_of_domain: outOfDomain }: Measurement['losses']): string[] {
  const loss = (of: { baseLoss: number } | undefined) => (of ? of.baseLoss.toFixed(3) : '–');
  return ['base, untrained', ...Array(7).fill('–'), loss(inDomain), loss(outOfDomain), '0'];
}

function cells(row: ComparisonRow): string[] {
  return [
    row.label,
    formatNumber(row.learningRate),
    row.trainableParameters === null ? '–' : formatNumber(row.trainableParameters),
    row.reduction === null ? '–' : `${formatNumber(Number(row.reduction.toPrecision(3)))}x`,
    row.checkpointBytes === null ? '–' : formatBytes(row.checkpointBytes),
    spread(row.peakMemoryBytes, formatBytes),
    spread(row.seconds, formatSeconds),
    spread(row.tokensPerSecond, (speed) => formatNumber(Math.round(speed))),
    spread(row.inDomain, fixed),
    spread(row.outOfDomain, fixed),
    spread(row.baseCapabilityChange, (change) => formatChange(Number(change.toFixed(3))), fixed),
  ];
}

const fixed = (loss: number) => loss.toFixed(3);

function spread(
  value: MeanDeviation | null,
  format: (value: number) => string,
  formatDeviation = format,
): string {
  if (value === null) return '–';
  const { mean, deviation } = value;
  return deviation === null ? format(mean) : `${format(mean)} ± ${formatDeviation(deviation)}`;
}
