import { curvesKey, usePlacedCurves } from '../api/curves.js';
import { curvesTable, curvesVariables } from '../api/curves-table.js';
import { LIVE_MS, useLiveQuery } from '../api/live-query.js';
import { CurvesDocument, RunKeysDocument } from '../api/operations.generated.js';
import { learningCurves } from '../charts/learning-curves.js';
import { metricTitle } from '../format/metric-title.js';
import { ChartHost } from '../parts/chart-host.js';
import { CurveControls, countMetricOf, curveViewOf } from '../parts/controls.js';
import { describeExactness } from '../parts/exactness.js';
import { FigureMenu } from '../parts/figure-menu.js';
import { hoverRun } from '../parts/hover.js';
import { Section } from '../parts/section.js';
import { go, place } from '../router.js';

const MAX_POINTS = 500;
const HEIGHT = 240;

/** The curves of some runs over each other. With `onClear` they are a selection, which leads to a comparison. */
export function RunsOverlay({ selected, onClear }: { selected: string[]; onClear?(): void }) {
  const view = curveViewOf(place.value.parameters);
  const keys = useLiveQuery(RunKeysDocument, {}, () => 10 * LIVE_MS).data?.runKeys;
  const metrics = keys?.metricNames ?? [];
  const metric = view.metric ?? metrics.find((name) => name === 'train/loss') ?? metrics[0];
  const curves = usePlacedCurves(selected, metric, MAX_POINTS, view.axis, countMetricOf(view.axis, metrics));
  return (
    <Section
      title={onClear ? `Curves of ${selected.length} selected` : 'Curves'}
      note={describeExactness(curves)}
      controls={
        <>
          <CurveControls view={view} metrics={metrics} choices={metrics} metric={metric} />
          <FigureMenu
            name={`runs ${metric ?? ''}`}
            table={() => curvesTable(curves, metric ?? '')}
            query={{
              operation: CurvesDocument,
              variables: curvesVariables(selected, metric ?? null, MAX_POINTS),
            }}
          />
          {onClear && selected.length > 1 && (
            <a class="button" href={`/compare?runs=${selected.join(',')}`}>
              Compare {selected.length}
            </a>
          )}
          {onClear && (
            <button type="button" class="plain" onClick={onClear}>
              Clear selection
            </button>
          )}
        </>
      }
    >
      <ChartHost
        height={HEIGHT}
        inputs={[curvesKey(curves), metric, view.scale, view.axis, JSON.stringify(view.smoothing)]}
        draw={(frame) =>
          learningCurves(curves, {
            ...frame,
            yTitle: metricTitle(metric ?? ''),
            yScale: view.scale,
            xAxis: view.axis,
            smoothing: view.smoothing,
            onHover: hoverRun,
            onSelect: (id) => go(`/runs/${id}`),
          })
        }
      />
    </Section>
  );
}
