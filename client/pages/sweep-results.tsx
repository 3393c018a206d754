import { evaluationHeatmap } from '../charts/evaluation-heatmap.js';
import { rankPlateauChart } from '../charts/rank-plateau-chart.js';
import { ChartHost } from '../parts/chart-host.js';
import { Segmented } from '../parts/controls.js';
import { FigureMenu } from '../parts/figure-menu.js';
import { hoverRun } from '../parts/hover.js';
import { Section } from '../parts/section.js';
import { go, place, setParameters } from '../router.js';
import { evaluatedOf, ranksOf } from './search-data.js';
import { objectiveOf, type SweepDetails } from './sweep-data.js';

const HEIGHT = 260;
const select = (id: string) => go(`/runs/${id}`);

/** How large an adapter has to be. */
export function SweepRanks({ sweep, parameter }: { sweep: SweepDetails; parameter: string }) {
  const data = ranksOf(sweep, parameter);
  const { name, goal } = objectiveOf(sweep);
  const rows = data.plateau.ranks.map(({ rank, n, mean, deviation, p, isOnPlateau }) => [
    rank,
    n,
    mean,
    deviation,
    p,
    isOnPlateau,
  ]);
  const columns = ['rank', 'n', 'mean', 'deviation', 'p', 'on the plateau'];
  return (
    <Section
      title="Rank against quality"
      note="at each rank the best configuration over its seeds; the others are faint"
      controls={<FigureMenu name={`${sweep.name} ranks`} table={() => ({ columns, rows })} />}
    >
      <ChartHost
        height={HEIGHT}
        inputs={[JSON.stringify(data)]}
        draw={(frame) =>
          rankPlateauChart(data, {
            ...{ ...frame, yTitle: goal === 'minimize' ? name : `−${name}`, yScale: 'linear' },
            ...{ onHover: hoverRun, onSelect: select },
          })
        }
      />
    </Section>
  );
}

/** Every trial on every evaluation set, against the base model or the best trial. */
export function SweepEvaluations({ sweep }: { sweep: SweepDetails }) {
  const data = evaluatedOf(sweep);
  if (data.runs.length === 0) return null;
  const best = sweep.trials.find(({ id }) => id === sweep.best?.id)?.run?.id;
  const isToBest = place.value.parameters.get('against') === 'best' && best !== undefined;
  const rows = data.runs.map(({ runId, label, values }) => [
    runId,
    label,
    ...data.sets.map(({ key }) => values[key]),
  ]);
  const columns = ['run', 'trial', ...data.sets.map(({ key }) => key)];
  return (
    <Section
      title="Evaluations of all trials"
      note="loss, nats per token: one measurement each"
      controls={
        <>
          <Segmented
            label="what the losses are held against"
            options={['base model', 'best trial']}
            value={isToBest ? 'best trial' : 'base model'}
            onChange={(value) => setParameters({ against: value === 'best trial' ? 'best' : null })}
          />
          <FigureMenu name={`${sweep.name} evaluations`} table={() => ({ columns, rows })} />
        </>
      }
    >
      <ChartHost
        height={Math.min(560, 48 + 22 * data.runs.length)}
        inputs={[JSON.stringify(data), isToBest && best]}
        draw={(frame) =>
          evaluationHeatmap(data, {
            ...frame,
            against: isToBest ? { kind: 'run', runId: best } : { kind: 'base' },
            ...{ onHover: hoverRun, onSelect: select },
          })
        }
      />
    </Section>
  );
}
