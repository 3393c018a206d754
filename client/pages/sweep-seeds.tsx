import { useCurves } from '../api/curves.js';
import { seedGroups } from '../charts/seed-groups.js';
import { metricTitle } from '../format/metric-title.js';
import { ChartHost } from '../parts/chart-host.js';
import { Segmented } from '../parts/controls.js';
import { FigureMenu } from '../parts/figure-menu.js';
import { hoverRun } from '../parts/hover.js';
import { Section } from '../parts/section.js';
import { place, setParameters } from '../router.js';
import { seedGroupsOf } from './search-data.js';
import { objectiveOf, type SweepDetails } from './sweep-data.js';

const HEIGHT = 260;
const POINTS = 300;
const BANDS = { deviation: 'deviation', interval: '95 % interval', range: 'range' } as const;
type Band = keyof typeof BANDS;

/** Configurations that were repeated with other seeds: their curves as means, with what the seeds make of them. */
export function SweepSeeds({ sweep, metrics }: { sweep: SweepDetails; metrics: readonly string[] }) {
  const groups = seedGroupsOf(sweep);
  const wanted = [place.value.parameters.get('curve'), objectiveOf(sweep).name, 'train/loss'];
  const metric = wanted.find((name) => name !== null && metrics.includes(name)) ?? metrics[0];
  const runs = groups.flatMap(({ runIds }) => runIds);
  const curves = new Map(useCurves(runs, metric, POINTS).map((curve) => [curve.runId, curve]));
  const band =
    (Object.keys(BANDS) as Band[]).find((one) => one === place.value.parameters.get('band')) ?? 'deviation';
  const data = groups.map(({ groupId, label, runIds }) => {
    const own = runIds.flatMap((id) => curves.get(id) ?? []).filter(({ points }) => points.length > 0);
    return {
      groupId,
      label,
      runs: own.map(({ points }) => points.map(({ step, value }) => ({ x: step, value }))),
    };
  });
  if (groups.length === 0) return null;
  const rows = data.flatMap(({ label, runs }) =>
    runs.flatMap((points, i) => points.map(({ x, value }) => [label, i + 1, x, value])),
  );
  const columns = ['configuration', 'seed', 'step', metric ?? ''];
  const counts = [...curves.values()].map(({ runId, count, end }) => [runId, count, end]);
  return (
    <Section
      title="Seeds"
      note="the best configurations that were repeated; mean where steps are equal, dashed where fewer runs are behind it"
      controls={
        <>
          <Segmented
            label="what the band is"
            options={Object.values(BANDS)}
            value={BANDS[band]}
            onChange={(name) =>
              setParameters({
                band: name === BANDS.interval ? 'interval' : name === BANDS.range ? 'range' : null,
              })
            }
          />
          <FigureMenu name={`${sweep.name} seeds`} table={() => ({ columns, rows })} />
        </>
      }
    >
      <ChartHost
        height={HEIGHT}
        inputs={[metric, band, JSON.stringify([groups, counts])]}
        draw={(frame) =>
          seedGroups(data, {
            ...{ ...frame, yTitle: metricTitle(metric ?? ''), yScale: 'linear', band },
            ...{ emptyText: 'Loading …', onHover: hoverRun },
          })
        }
      />
    </Section>
  );
}
