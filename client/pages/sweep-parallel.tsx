import type { Brushes } from '../charts/dimensions.js';
import { parallelCoordinates } from '../charts/parallel-coordinates.js';
import { ChartHost } from '../parts/chart-host.js';
import { FigureMenu, type Table } from '../parts/figure-menu.js';
import { hoverRun } from '../parts/hover.js';
import { Section } from '../parts/section.js';
import { go, setParameters } from '../router.js';
import { theme } from '../theme.js';
import type { ParallelData } from './sweep-data.js';

const HEIGHT = 300;

/** Brushes in the address: `brush=lora.rank~0.2~0.5,objective~0~0.1`. */
export function brushesOf(parameters: URLSearchParams): Brushes {
  const brushes: Brushes = {};
  for (const part of (parameters.get('brush') ?? '').split(',')) {
    const [key, low, high] = part.split('~');
    if (key && Number(high) > Number(low)) brushes[key] = [Number(low), Number(high)];
  }
  return brushes;
}

function saveBrushes(brushes: Brushes): void {
  const parts = Object.entries(brushes).map(
    ([key, range]) => `${key}~${range.map((at) => at.toFixed(3)).join('~')}`,
  );
  setParameters({ brush: parts.join(',') || null });
}

function tableOf({ dimensions, lines }: ParallelData): Table {
  const rows = lines.map(({ runId, label, values }) => [
    runId,
    label,
    ...dimensions.map(({ key }) => values[key]),
  ]);
  return { columns: ['run', 'trial', ...dimensions.map(({ key }) => key)], rows };
}

/** Every trial as a line over its parameters and its objective; brushing also narrows the table below. */
export function SweepParallel({
  data,
  brushes,
  chosen,
}: {
  data: ParallelData;
  brushes: Brushes;
  chosen: number;
}) {
  const isBrushed = Object.keys(brushes).length > 0;
  const note = isBrushed
    ? `${chosen} of ${data.lines.length} trials chosen`
    : `coloured by objective, ${theme.value === 'dark' ? 'brighter' : 'darker'} is better; drag on an axis to choose trials`;
  return (
    <Section
      title="Parameters and objective"
      note={note}
      controls={
        <>
          {isBrushed && (
            <button type="button" class="plain" onClick={() => saveBrushes({})}>
              Clear choice
            </button>
          )}
          <FigureMenu name="parameters and objective" table={() => tableOf(data)} />
        </>
      }
    >
      <ChartHost
        height={HEIGHT}
        inputs={[JSON.stringify([data, brushes])]}
        draw={(frame) =>
          parallelCoordinates(data, {
            ...frame,
            brushes,
            emptyText: 'No trial has begun yet',
            onBrush: saveBrushes,
            onHover: hoverRun,
            onSelect: (id) => go(`/runs/${id}`),
          })
        }
      />
    </Section>
  );
}
