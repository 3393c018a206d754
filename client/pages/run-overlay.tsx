import { curvesKey, useCurves } from '../api/curves.js';
import type { Curve } from '../charts/curve-data.js';
import { learningCurves } from '../charts/learning-curves.js';
import { UNSMOOTHED } from '../charts/smoothing.js';
import { metricTitle } from '../format/metric-title.js';
import { ChartHost } from '../parts/chart-host.js';
import { Section } from '../parts/section.js';
import { go } from '../router.js';
import type { RunDetails } from './run.js';

const HEIGHT = 240;
const POINTS = 800;

/** The curve of the run and of the latest that repeats it (or that it repeats), with the place where they part. */
export function RunOverlay({ run }: { run: RunDetails }) {
  const latest = run.reproductions.at(-1);
  const metric = latest && metricOf(run, latest.metric);
  const curves = useCurves(latest ? [latest.originalId, latest.reproductionId] : [], metric, POINTS);
  if (!latest || metric === undefined) return null;
  const labelled = curves.map((curve): Curve => {
    const isOriginal = curve.runId === latest.originalId;
    return { ...curve, label: isOriginal ? 'original' : 'reproduction', isEmphasised: !isOriginal };
  });
  const { step } = latest;
  const place = step === null ? undefined : { step, label: `parts at step ${step}` };
  const title = latest.originalId === run.id ? 'Beside its reproduction' : 'Beside the run that it repeats';
  return (
    <Section title={title} note={latest.verdict.replaceAll('_', ' ')}>
      <ChartHost
        height={HEIGHT}
        inputs={[curvesKey(labelled), metric, step]}
        draw={(frame) =>
          learningCurves(labelled, {
            ...frame,
            ...{ yTitle: metricTitle(metric), yScale: 'linear', smoothing: UNSMOOTHED, place },
            onSelect: (runId) => go(`/runs/${runId}`),
          })
        }
      />
    </Section>
  );
}

/** The metric that decided, if it is a curve; else the training loss, or whatever the run has. */
function metricOf({ metricNames, summary }: RunDetails, decided: string | null): string | undefined {
  const names = metricNames.filter((name) => name in (summary as { metrics: object }).metrics);
  const isCurve = decided !== null && /^(train|validation)\//.test(decided) && names.includes(decided);
  if (isCurve) return decided;
  return (
    names.find((name) => name === 'train/loss') ?? decided ?? names.find((name) => name.includes('loss'))
  );
}
