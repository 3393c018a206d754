import type { CurveEnd } from '../charts/curve-data.js';
import { scatter } from '../charts/scatter.js';
import { recordOf } from '../format/json.js';
import { ChartHost } from '../parts/chart-host.js';
import { FigureMenu } from '../parts/figure-menu.js';
import { hoverRun } from '../parts/hover.js';
import { Section } from '../parts/section.js';
import { go } from '../router.js';
import {
  markOf,
  objectivesOf,
  outcomeValue,
  roleOf,
  type SweepDetails,
  type TrialDetails,
} from './sweep-data.js';

const HEIGHT = 300;
/** up to so many points carry the number of their trial */
const TAGGED = 15;

/** The first two objectives against each other: the front is ringed, the diamond is the reference point. */
export function ObjectiveScatter({ sweep }: { sweep: SweepDetails }) {
  const objectives = objectivesOf(sweep);
  const [first, second] = objectives.map(({ name }) => name) as [string, string];
  const front = { x: objectives[0]!.goal, y: objectives[1]!.goal };
  const begun = sweep.trials.filter(({ run }) => run);
  const points = begun.map((trial) => pointOf(trial, sweep, begun.length <= TAGGED));
  const at = recordOf(sweep.paretoFront?.referencePoint);
  const base = { x: Number(at[first]), y: Number(at[second]), label: 'reference point' };
  const known = Number.isFinite(base.x) && Number.isFinite(base.y) ? base : undefined;
  const scored = points.filter(({ x, y }) => x !== undefined && y !== undefined).length;
  const rows = points.map(({ runId, label, end, isBest, x, y }) => [runId, label, end, isBest, x, y]);
  const columns = ['run', 'name', 'state', 'on the front', first, second];
  return (
    <Section
      title="Objectives"
      note={scored > 0 ? `n = ${scored}` : ''}
      controls={<FigureMenu name={`${sweep.name} objectives`} table={() => ({ columns, rows })} />}
    >
      <ChartHost
        height={HEIGHT}
        inputs={[JSON.stringify([points, known])]}
        draw={(frame) =>
          scatter(points, {
            ...{ ...frame, scale: 'linear', xTitle: first, yTitle: second, base: known, front },
            ...{ emptyText: 'A trial has its values when it ends', onHover: hoverRun },
            onSelect: (id) => go(`/runs/${id}`),
          })
        }
      />
    </Section>
  );
}

function pointOf(trial: TrialDetails, sweep: SweepDetails, isTagged: boolean) {
  const [x, y] = objectivesOf(sweep).map(({ name }) => outcomeValue(trial, name));
  return {
    ...{ runId: markOf(trial), label: `trial ${trial.number}`, x, y },
    end: (trial.run?.state ?? 'running') as CurveEnd,
    isBest: roleOf(trial, sweep) !== undefined,
    tag: isTagged ? String(trial.number) : undefined,
  };
}
