import { useCurves } from '../api/curves.js';
import { sparkline } from '../charts/sparkline.js';
import { isEvaluationMetric } from '../format/evaluations.js';
import { formatNumber, formatSetting } from '../format/number.js';
import { formatDuration, formatInstant } from '../format/time.js';
import { Badge } from '../parts/badge.js';
import { ChartHost } from '../parts/chart-host.js';
import type { RunColumn, RunRow } from './run-columns.js';

const SPARK_POINTS = 60;
const SPARK_HEIGHT = 20;

/** One cell of the runs table; the full value is in its title. */
export function Cell({ run, column, digits }: { run: RunRow; column: RunColumn; digits: number }) {
  const value = column.read(run);
  switch (column.kind) {
    case 'state':
      return (
        <td>
          <Badge state={run.state} />
        </td>
      );
    case 'metric':
      return <MetricCell run={run} column={column} digits={digits} />;
    case 'curve':
      return <CurveCell run={run} metric={column.title} />;
    case 'instant':
      return <td title={String(value)}>{formatInstant(String(value))}</td>;
    case 'duration':
      return <td class="number">{formatDuration(value as number)}</td>;
    default:
      return <SettingCell value={value} isNumber={column.kind === 'setting'} />;
  }
}

const NOT_YET = "the base model's value: the adapter is scored when the run ends";

/** The last logged value. While a run goes on, that of an evaluation is still the base model's: it is faint and says so. */
function MetricCell({ run, column, digits }: { run: RunRow; column: RunColumn; digits: number }) {
  const value = column.read(run) as number | undefined;
  const isBase = run.state === 'running' && isEvaluationMetric(column.path.replace(/^metric\./, ''));
  if (!isBase || value === undefined) return <NumberCell value={value} digits={digits} />;
  return (
    <td class="number unset" title={`${value}, ${NOT_YET}`}>
      {formatNumber(value, digits)}
    </td>
  );
}

export function NumberCell({
  value,
  digits,
  isBest,
}: {
  value: number | undefined;
  digits: number;
  isBest?: boolean;
}) {
  const look = value === undefined ? 'unset' : Number.isFinite(value) ? '' : 'not-finite';
  return (
    <td
      class={`number ${look} ${isBest ? 'is-best' : ''}`}
      title={value === undefined ? undefined : String(value)}
    >
      {formatNumber(value, digits)}
    </td>
  );
}

export function SettingCell({ value, isNumber }: { value: unknown; isNumber: boolean }) {
  const isMissing = value === undefined || value === null;
  const text = isMissing ? '–' : formatSetting(value);
  return (
    <td
      class={`${isNumber ? 'number' : ''} ${isMissing ? 'unset' : ''}`}
      title={isMissing ? undefined : String(value)}
    >
      <span class="name">{text}</span>
    </td>
  );
}

function CurveCell({ run, metric }: { run: RunRow; metric: string }) {
  const [curve] = useCurves([run.id], metric, SPARK_POINTS);
  return (
    <td class="spark-cell">
      <ChartHost
        height={SPARK_HEIGHT}
        inputs={[curve?.count, curve?.end]}
        draw={(frame) =>
          sparkline(curve?.points ?? [], { ...frame, runId: run.id, name: `${metric} of ${run.name}` })
        }
      />
    </td>
  );
}
