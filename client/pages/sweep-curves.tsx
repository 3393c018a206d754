import { curvesKey, usePlacedCurves } from '../api/curves.js';
import { curvesTable, curvesVariables } from '../api/curves-table.js';
import { CALM_MS, useLiveQuery } from '../api/live-query.js';
import { CurvesDocument, RunKeysDocument } from '../api/operations.generated.js';
import type { Curve, CurveEnd } from '../charts/curve-data.js';
import { learningCurves } from '../charts/learning-curves.js';
import { metricTitle } from '../format/metric-title.js';
import { ChartHost } from '../parts/chart-host.js';
import { CurveControls, countMetricOf, curveViewOf } from '../parts/controls.js';
import { describeExactness } from '../parts/exactness.js';
import { FigureMenu } from '../parts/figure-menu.js';
import { hoverRun } from '../parts/hover.js';
import { Section } from '../parts/section.js';
import { stepsOf, zoomSteps } from '../parts/zoom.js';
import { go, place } from '../router.js';
import { objectiveOf, roleOf, type SweepDetails } from './sweep-data.js';

const HEIGHT = 300;
const POINTS = 300;
const POINTS_OF_MANY = 60;
const MANY = 100;
const NO_POINTS = 'No points yet: a worker claims the first trial (npx ranksweep worker)';

/** The curves of all trials: stopped ones end in a tick, diverged ones in a cross, the best is heavier. */
export function SweepCurves({ sweep }: { sweep: SweepDetails }) {
  const { parameters } = place.value;
  const view = curveViewOf(parameters);
  const metrics = useMetricNames(sweep.id);
  const wanted = ['train/loss', objectiveOf(sweep).name].find((name) => metrics.includes(name));
  const metric = view.metric ?? wanted ?? metrics[0];
  const runs = sweep.trials.flatMap(({ run }) => run?.id ?? []);
  const points = runs.length > MANY ? POINTS_OF_MANY : POINTS;
  const fetched = usePlacedCurves(runs, metric, points, view.axis, countMetricOf(view.axis, metrics));
  const curves = named(fetched, sweep);
  const steps = stepsOf(parameters);
  return (
    <Section
      title="Curves of all trials"
      note={describeExactness(curves)}
      controls={
        <>
          <CurveControls view={view} metrics={metrics} choices={metrics} metric={metric} />
          <FigureMenu
            name={`${sweep.name} ${metric ?? ''}`}
            table={() => curvesTable(curves, metric ?? '')}
            query={{ operation: CurvesDocument, variables: curvesVariables(runs, metric ?? null, POINTS) }}
          />
        </>
      }
    >
      <ChartHost
        height={HEIGHT}
        inputs={[
          fetched.length < runs.length,
          curvesKey(curves),
          metric,
          view.scale,
          view.axis,
          JSON.stringify(view.smoothing),
          parameters.get('steps'),
        ]}
        draw={(frame) =>
          learningCurves(curves, {
            ...frame,
            yTitle: metricTitle(metric ?? ''),
            yScale: view.scale,
            xAxis: view.axis,
            smoothing: view.smoothing,
            xDomain: steps,
            emptyText: fetched.length < runs.length ? 'Loading …' : NO_POINTS,
            onZoom: zoomSteps,
            onHover: hoverRun,
            onSelect: (id) => go(`/runs/${id}`),
          })
        }
      />
    </Section>
  );
}

function useMetricNames(sweepId: string): string[] {
  const { data } = useLiveQuery(RunKeysDocument, { filter: { sweepId } }, () => CALM_MS);
  return data?.runKeys.metricNames ?? [];
}

/** Curves under the numbers of their trials, the best one marked. */
function named(curves: Curve[], sweep: SweepDetails): Curve[] {
  const trials = new Map(sweep.trials.map((trial) => [trial.run?.id, trial]));
  return curves.map((curve) => {
    const trial = trials.get(curve.runId);
    const end = (trial?.run?.state ?? curve.end) as CurveEnd;
    return {
      ...curve,
      end,
      label: `trial ${trial?.number}`,
      isEmphasised: trial && roleOf(trial, sweep) !== undefined,
    };
  });
}
