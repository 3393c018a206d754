import { SYSTEM } from '../../src/core/measured-metric.js';
import { curvesKey } from '../api/curves.js';
import { curvesTable, curvesVariables } from '../api/curves-table.js';
import { CALM_MS, LIVE_MS, useLiveQuery } from '../api/live-query.js';
import { CurvesDocument, type CurvesQuery } from '../api/operations.generated.js';
import { toCurve } from '../api/to-curve.js';
import { COUNT_METRICS, onAxis, type XAxis } from '../charts/curve-axis.js';
import type { Curve } from '../charts/curve-data.js';
import { learningCurves } from '../charts/learning-curves.js';
import { isEvaluationMetric } from '../format/evaluations.js';
import { metricTitle } from '../format/metric-title.js';
import { ChartHost } from '../parts/chart-host.js';
import { CurveControls, type CurveView, countMetricOf, curveViewOf } from '../parts/controls.js';
import { describeExactness } from '../parts/exactness.js';
import { FigureMenu, type Table } from '../parts/figure-menu.js';
import { hoveredStep } from '../parts/hover.js';
import { Loading } from '../parts/notice.js';
import { Section } from '../parts/section.js';
import { stepsOf, zoomSteps } from '../parts/zoom.js';
import { place } from '../router.js';
import type { RunDetails } from './run.js';

const HEIGHT = 220;
const POINTS = 800;
/** curves that say most come first; the others follow by name */
const FIRST = [
  'train/loss',
  'validation/loss',
  'train/learning_rate',
  'train/grad_norm',
  'train/tokens_per_second',
];

const pace = ({ runs }: CurvesQuery) =>
  runs.items.some(({ state }) => state === 'running') ? LIVE_MS : 2 * CALM_MS;

/** All curves of the run, a small chart each, with the same steps. */
export function RunCurvesSection({ run }: { run: RunDetails }) {
  const { parameters } = place.value;
  const view = curveViewOf(parameters);
  const withTimes = view.axis === 'relative' || view.axis === 'wall';
  const curves = useRunCurves(run, withTimes);
  if (curves === undefined) {
    return (
      <Section title="Curves">
        <Loading height={HEIGHT} />
      </Section>
    );
  }
  // evaluations have a table of their own: a series of one or two points is no curve
  const all = curves.filter(({ name, curve }) => curve.count > 2 || !isEvaluationMetric(name));
  // what the axis counts by is a straight line: it is there to be an axis
  const counters = Object.values(COUNT_METRICS).flat();
  const shown = all.filter(({ name }) => !name.startsWith(SYSTEM) && !counters.includes(name));
  const system = all.filter(({ name }) => name.startsWith(SYSTEM));
  const placed = placedOn(view.axis, shown, all);
  return (
    <Section
      title="Curves"
      note={describeExactness(shown.map(({ curve }) => curve)) || 'no points yet'}
      controls={
        <>
          <CurveControls view={view} metrics={all.map(({ name }) => name)} />
          <FigureMenu
            name={`${run.name} curves`}
            table={() => tableOf(all)}
            query={{ operation: CurvesDocument, variables: curvesVariables([run.id], null, POINTS) }}
          />
        </>
      }
    >
      <CurveGrid curves={placed} view={view} steps={parameters.get('steps')} />
      {system.length > 0 && (
        <details class="section">
          <summary>The machine meanwhile, over seconds</summary>
          <CurveGrid curves={system} view={view} steps={null} countsSeconds />
        </details>
      )}
    </Section>
  );
}

function useRunCurves(run: RunDetails, withTimes: boolean): { name: string; curve: Curve }[] | undefined {
  const { data } = useLiveQuery(CurvesDocument, curvesVariables([run.id], null, POINTS, withTimes), pace);
  const answered = data?.runs.items[0];
  if (!data) return undefined;
  const series = [...(answered?.series ?? [])].sort(
    (a, b) => rankOf(a.name) - rankOf(b.name) || (a.name < b.name ? -1 : 1),
  );
  return series.map((one) => ({ name: one.name, curve: toCurve({ ...run, state: answered!.state }, one) }));
}

function tableOf(curves: { name: string; curve: Curve }[]): Table {
  const tables = curves.map(({ name, curve }) => curvesTable([curve], name));
  return { columns: tables[0]?.columns ?? [], rows: tables.flatMap(({ rows }) => rows) };
}

/** All of them on the axis that was chosen; counts of tokens and examples are among the curves themselves. */
type Named = { name: string; curve: Curve };

function placedOn(axis: XAxis, curves: Named[], all: Named[]): Named[] {
  const names = all.map(({ name }) => name);
  const counts = all.find(({ name }) => name === countMetricOf(axis, names))?.curve;
  return curves.map(({ name, curve }) => ({ name, curve: onAxis(curve, axis, counts) }));
}

const rankOf = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);

interface CurveGridProps extends Pick<CurveChartProps, 'view' | 'steps' | 'countsSeconds'> {
  curves: { name: string; curve: Curve }[];
}

function CurveGrid({ curves, ...rest }: CurveGridProps) {
  return (
    <div class="curve-grid">
      {curves.map(({ name, curve }) => (
        <CurveChart key={name} name={name} curve={curve} {...rest} />
      ))}
    </div>
  );
}

interface CurveChartProps {
  name: string;
  curve: Curve;
  view: CurveView;
  steps: string | null;
  /** its steps are no training steps: they are not zoomed with the others */
  countsSeconds?: boolean;
}

function CurveChart({ name, curve, view, steps, countsSeconds }: CurveChartProps) {
  return (
    <ChartHost
      height={HEIGHT}
      crosshair={name}
      inputs={[
        curvesKey([curve]),
        view.scale,
        !countsSeconds && view.axis,
        JSON.stringify(view.smoothing),
        steps,
      ]}
      draw={(frame) =>
        learningCurves([curve], {
          ...frame,
          yTitle: metricTitle(name),
          yScale: view.scale,
          smoothing: view.smoothing,
          ...(!countsSeconds && {
            xAxis: view.axis,
            xDomain: stepsOf(place.value.parameters),
            onZoom: zoomSteps,
          }),
          onStep: (step) => {
            hoveredStep.value = step === null ? null : { chart: name, step };
          },
        })
      }
    />
  );
}
