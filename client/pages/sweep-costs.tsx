import { useLiveQuery } from '../api/live-query.js';
import { WorkersTableDocument } from '../api/operations.generated.js';
import { regretAgainstCost } from '../charts/regret-against-cost.js';
import { type RungDecision, stoppingRungs } from '../charts/stopping-rungs.js';
import { workerTimeline } from '../charts/worker-timeline.js';
import { ChartHost } from '../parts/chart-host.js';
import { FigureMenu } from '../parts/figure-menu.js';
import { hoverRun } from '../parts/hover.js';
import { Section } from '../parts/section.js';
import { go } from '../router.js';
import { searchPathOf, workedOf } from './search-data.js';
import { objectiveOf, type SweepDetails } from './sweep-data.js';

const HEIGHT = 220;
const NAMES_MS = 60_000;
const select = (id: string) => go(`/runs/${id}`);

/** How fast the search came close to what it found in the end. */
export function SweepRegret({ sweep }: { sweep: SweepDetails }) {
  const path = searchPathOf(sweep);
  const { name: metric, goal } = objectiveOf(sweep);
  const rows = path.trials.map(({ runId, label, cost, value }) => [runId, label, cost, value]);
  return (
    <Section
      title="Best so far against cost"
      note="distance to the best found, over the seconds that all trials ran"
      controls={
        <FigureMenu
          name={`${sweep.name} regret`}
          table={() => ({ columns: ['run', 'trial', 'seconds', metric], rows })}
        />
      }
    >
      <ChartHost
        height={HEIGHT}
        inputs={[JSON.stringify(path)]}
        draw={(frame) =>
          regretAgainstCost(path.trials.length === 0 ? [] : [path], {
            ...{ ...frame, metric, goal, costTitle: 'seconds of training', yScale: 'linear' },
            ...{ onHover: hoverRun, onSelect: select },
          })
        }
      />
    </Section>
  );
}

/** Only where the sweep stops trials early. */
export function SweepRungs({
  sweep,
  rungs,
  metric,
}: {
  sweep: SweepDetails;
  rungs: RungDecision[];
  metric: string;
}) {
  const rows = rungs.map((one) => [
    one.runId,
    one.label,
    one.step,
    one.value,
    one.threshold,
    one.isStop,
    one.peers,
    one.why,
  ]);
  const columns = ['run', 'trial', 'step', 'value', 'threshold', 'stopped', 'peers', 'why'];
  return (
    <Section
      title="Stopping"
      note="judged values by step; tick: stopped there; dash: the threshold"
      controls={<FigureMenu name={`${sweep.name} stopping`} table={() => ({ columns, rows })} />}
    >
      <ChartHost
        height={HEIGHT}
        inputs={[JSON.stringify(rungs)]}
        draw={(frame) =>
          stoppingRungs(rungs, {
            ...frame,
            yTitle: metric,
            yScale: 'linear',
            onHover: hoverRun,
            onSelect: select,
          })
        }
      />
    </Section>
  );
}

/** Who ran what, and when it stood still. */
export function SweepTimeline({ sweep }: { sweep: SweepDetails }) {
  const { data } = useLiveQuery(WorkersTableDocument, {}, () => NAMES_MS);
  const names = new Map(data?.workers.map(({ id, name }) => [id, name]));
  const runs = workedOf(sweep, names);
  const workers = new Set(runs.map(({ worker }) => worker)).size;
  const now = Math.max(Date.now(), ...runs.map(({ endedAt }) => endedAt ?? 0));
  const rows = runs.map(({ runId, label, worker, startedAt, endedAt, end }) => [
    runId,
    label,
    worker,
    startedAt,
    endedAt,
    end,
  ]);
  const columns = ['run', 'trial', 'worker', 'started, ms', 'ended, ms', 'state'];
  return (
    <Section
      title="Workers"
      note="each trial's latest run"
      controls={<FigureMenu name={`${sweep.name} workers`} table={() => ({ columns, rows })} />}
    >
      <ChartHost
        height={Math.min(320, 60 + 30 * Math.max(1, workers))}
        inputs={[
          JSON.stringify(runs),
          runs.some(({ endedAt }) => endedAt === undefined) && Math.floor(now / 5000),
        ]}
        draw={(frame) => workerTimeline(runs, { ...frame, now, onHover: hoverRun, onSelect: select })}
      />
    </Section>
  );
}
