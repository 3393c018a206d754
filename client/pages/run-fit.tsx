import { type LossCurve, overfittingOf, stopEarly } from '../../src/analysis/overfitting.js';
import { overfittingWords } from '../../src/analysis/overfitting-words.js';
import { curvesKey } from '../api/curves.js';
import { CALM_MS, LIVE_MS, useLiveQuery } from '../api/live-query.js';
import { FitCurvesDocument } from '../api/operations.generated.js';
import { toCurve } from '../api/to-curve.js';
import type { Curve } from '../charts/curve-data.js';
import { learningCurves } from '../charts/learning-curves.js';
import { formatNumber } from '../format/number.js';
import { ChartHost } from '../parts/chart-host.js';
import { curveViewOf } from '../parts/controls.js';
import { describeExactness } from '../parts/exactness.js';
import { Section } from '../parts/section.js';
import { place } from '../router.js';
import type { RunDetails } from './run.js';

const NAMES = ['train/loss', 'validation/loss', 'out_of_domain/loss'];
const POINTS = 800;
const HEIGHT = 220;
const PATIENCE = 2;

/** The losses on what is learned and on what is not, in one chart, and in words where they part. Nothing without three validations. */
export function RunFit({ run }: { run: RunDetails }) {
  const isRunning = run.state === 'running';
  const variables = { id: run.id, names: NAMES, maxPoints: POINTS };
  const { data } = useLiveQuery(FitCurvesDocument, variables, () => (isRunning ? LIVE_MS : 2 * CALM_MS));
  const curves = (data?.run?.series ?? [])
    .map((one) => toCurve({ id: one.name, name: one.name, state: run.state }, one))
    .sort((a, b) => NAMES.indexOf(a.label) - NAMES.indexOf(b.label));
  const [train, validation, outOfDomain] = NAMES.map((name) => lossOf(curves, name));
  const found = validation
    ? overfittingOf({ train: train ?? null, validation, outOfDomain: outOfDomain ?? null })
    : null;
  if (!found) return null;
  const { scale, smoothing } = curveViewOf(place.value.parameters);
  return (
    <Section title="Does it generalise?" note={describeExactness(curves)}>
      <p>{overfittingWords(found, stopEarly(validation!, PATIENCE), (value) => formatNumber(value, 3))}</p>
      <ChartHost
        height={HEIGHT}
        inputs={[curvesKey(curves), scale, smoothing]}
        draw={(frame) =>
          learningCurves(curves, { ...frame, yTitle: 'loss (nats/token)', yScale: scale, smoothing })
        }
      />
    </Section>
  );
}

function lossOf(curves: Curve[], name: string): LossCurve | null {
  const points = curves.find(({ label }) => label === name)?.points;
  if (points === undefined) return null;
  return { steps: points.map(({ step }) => step), values: points.map(({ value }) => value) };
}
