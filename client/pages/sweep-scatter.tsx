import type { CurveEnd } from '../charts/curve-data.js';
import { scatter } from '../charts/scatter.js';
import { roleLoss, scoreOf } from '../format/evaluations.js';
import { ChartHost } from '../parts/chart-host.js';
import { FigureMenu, type Table } from '../parts/figure-menu.js';
import { hoverRun } from '../parts/hover.js';
import { Section } from '../parts/section.js';
import { go } from '../router.js';
import { markOf, roleOf, type SweepDetails, type TrialDetails } from './sweep-data.js';

const HEIGHT = 300;
/** up to so many points carry the number of their trial */
const TAGGED = 15;

/** What an adapter gains in its domain against what it does outside of it, beside the base model. */
export function SweepScatter({ sweep }: { sweep: SweepDetails }) {
  const begun = sweep.trials.filter(({ run }) => run);
  const points = begun.map((trial) => pointOf(trial, sweep, begun.length <= TAGGED));
  const base = baseOf(sweep.trials);
  const scored = points.filter(({ x, y }) => x !== undefined && y !== undefined).length;
  return (
    <Section
      title="In-domain against out-of-domain"
      note={scored > 0 ? `n = ${scored}, lower is better on both` : ''}
      controls={
        <FigureMenu name={`${sweep.name} in and out of domain`} table={() => tableOf(points, base)} />
      }
    >
      <ChartHost
        height={HEIGHT}
        inputs={[JSON.stringify([points, base])]}
        draw={(frame) =>
          scatter(points, {
            ...frame,
            scale: 'linear',
            xTitle: 'in-domain loss (nats/token)',
            yTitle: 'out-of-domain loss (nats/token)',
            base,
            emptyText: 'A trial is scored when it ends',
            onHover: hoverRun,
            onSelect: (id) => go(`/runs/${id}`),
          })
        }
      />
    </Section>
  );
}

type Base = { x: number; y: number; label: string } | undefined;

function tableOf(points: ReturnType<typeof pointOf>[], base: Base): Table {
  const rows: unknown[][] = points.map(({ runId, label, end, x, y }) => [runId, label, end, x, y]);
  if (base) rows.push(['', base.label, '', base.x, base.y]);
  return { columns: ['run', 'name', 'state', 'in_domain/loss', 'out_of_domain/loss'], rows };
}

function pointOf(trial: TrialDetails, sweep: SweepDetails, isTagged: boolean) {
  const role = roleOf(trial, sweep);
  return {
    runId: markOf(trial),
    label: `trial ${trial.number}`,
    x: scoreOf(trial.run, 'in_domain'),
    y: scoreOf(trial.run, 'out_of_domain'),
    end: (trial.run?.state ?? 'running') as CurveEnd,
    isBest: role !== undefined,
    tag: role ? `${trial.number} ${role}` : isTagged ? String(trial.number) : undefined,
  };
}

/** The base model's point, from the first trial that was evaluated: it is the same for all. */
function baseOf(trials: TrialDetails[]): Base {
  for (const { run } of trials) {
    const [x, y] = ['in_domain', 'out_of_domain'].map((role) =>
      roleLoss(run?.evaluations ?? [], role, 'baseLoss'),
    );
    if (x !== undefined && y !== undefined) return { x, y, label: 'base model' };
  }
  return undefined;
}
