import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { CALM_MS, LIVE_MS, useLiveQuery } from '../api/live-query.js';
import { SweepDetailsDocument, type SweepDetailsQuery } from '../api/operations.generated.js';
import { brushedRuns } from '../charts/dimensions.js';
import { countText } from '../format/number.js';
import { formatDuration, formatInstant } from '../format/time.js';
import { Badge } from '../parts/badge.js';
import { lazy } from '../parts/lazy.js';
import { Empty, Failure, Loading, StaleNotice } from '../parts/notice.js';
import { RunsLink } from '../parts/runs-link.js';
import { statusText } from '../parts/status-line.js';
import { place } from '../router.js';
import { ObjectiveScatter } from './objective-scatter.js';
import { ParetoFront } from './pareto-front.js';
import { SweepActions } from './sweep-actions.js';
import { SweepCurves } from './sweep-curves.js';
import { objectivesOf, parallelDataOf, type SweepDetails } from './sweep-data.js';
import { brushesOf, SweepParallel } from './sweep-parallel.js';
import { SweepProgress } from './sweep-progress.js';
import { Recommendation } from './sweep-recommendation.js';
import { SweepScatter } from './sweep-scatter.js';
import { TrialsTable } from './trials-table.js';

const SweepSearch = lazy(async () => (await import('./sweep-search.js')).SweepSearch, 400);

const pace = ({ sweep }: SweepDetailsQuery) => (sweep && isLive(sweep) ? LIVE_MS : CALM_MS);

function isLive({ state, trials }: SweepDetails): boolean {
  return state === 'running' || trials.some((trial) => trial.state === 'running');
}

/** One sweep: how far it is, what is best, and every trial in four views that share their hover. */
export function SweepDetailsPage({ id }: { id: string }) {
  const { data, error, refresh } = useLiveQuery(SweepDetailsDocument, { id }, pace);
  const sweep = data?.sweep;
  useTitle(sweep);
  if (sweep) return <SweepView sweep={sweep} error={error} refresh={refresh} />;
  return (
    <div class="page">
      {error && <Failure error={error} what="The sweep" />}
      {!error && data && (
        <Empty title={`There is no sweep ${id}`} commands={[]}>
          It may belong to another data folder. <a href="/sweeps">All sweeps</a>
        </Empty>
      )}
      {!error && !data && <LoadingSweep />}
    </div>
  );
}

function LoadingSweep() {
  return (
    <>
      <Loading rows={3} />
      <div class="two section">
        <Loading height={280} />
        <Loading height={280} />
      </div>
      <div class="section">
        <Loading rows={10} />
      </div>
    </>
  );
}

function useTitle(sweep: SweepDetails | null | undefined): void {
  const text = sweep ? countText(sweep.trials.length, 'trial') : '';
  useEffect(() => {
    statusText.value = text;
    if (sweep) document.title = `${sweep.name} · Ranksweep`;
    return () => {
      statusText.value = '';
      document.title = 'Ranksweep';
    };
  }, [text, sweep?.name]);
}

interface SweepViewProps {
  sweep: SweepDetails;
  error: Error | undefined;
  refresh(): void;
}

function SweepView({ sweep, error, refresh }: SweepViewProps) {
  const problem = useSignal<Error | null>(null);
  const brushes = brushesOf(place.value.parameters);
  const parallel = parallelDataOf(sweep);
  const chosen = brushedRuns(parallel.dimensions, parallel.lines, brushes);
  return (
    <div class="page">
      <div class="title">
        <div>
          <p class="where">
            <RunsLink of="project" value={sweep.project.name}>
              {sweep.project.name}
            </RunsLink>{' '}
            ▸ <a href="/sweeps">sweeps</a> ▸ <span class="mono">{sweep.id}</span> ▸{' '}
            <RunsLink of="sweep" value={sweep.id}>
              its runs
            </RunsLink>
          </p>
          <div class="title-line">
            <h1>{sweep.name}</h1>
            <Badge state={sweep.state} />
          </div>
          <p class="facts">{factsOf(sweep)}</p>
        </div>
        <SweepActions sweep={sweep} onDone={refresh} onProblem={(error) => (problem.value = error)} />
      </div>
      <StaleNotice error={error} what="The sweep" />
      {problem.value && <Failure error={problem.value} what="The change" />}
      <SweepProgress sweep={sweep} />
      <Recommendation sweep={sweep} />
      <ParetoFront sweep={sweep} />
      <div class="two">
        <SweepCurves sweep={sweep} />
        {objectivesOf(sweep).length > 1 ? <ObjectiveScatter sweep={sweep} /> : <SweepScatter sweep={sweep} />}
      </div>
      <SweepParallel data={parallel} brushes={brushes} chosen={chosen.size} />
      {sweep.trials.length > 0 && <SweepSearch sweep={sweep} />}
      <TrialsTable sweep={sweep} chosen={Object.keys(brushes).length > 0 ? chosen : null} />
    </div>
  );
}

const METHODS: Record<string, string> = {
  bayes: 'Bayesian search',
  grid: 'grid search',
  random: 'random search',
};

function factsOf(sweep: SweepDetails): string {
  const aims = objectivesOf(sweep)
    .map(({ name, goal }) => `${goal} ${name}`)
    .join(' and ');
  const started = `started ${formatInstant(sweep.createdAt)}`;
  const end = sweep.endedAt ? Date.parse(sweep.endedAt) : undefined;
  const took = end === undefined ? '' : `, took ${formatDuration(end - Date.parse(sweep.createdAt))}`;
  return `${METHODS[sweep.method] ?? sweep.method} to ${aims}, ${started}${took}, seed ${sweep.seed}`;
}
