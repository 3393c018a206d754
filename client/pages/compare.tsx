import { useEffect } from 'preact/hooks';
import { CALM_MS, LIVE_MS, useLiveQuery } from '../api/live-query.js';
import { CompareRunsDocument, type CompareRunsQuery } from '../api/operations.generated.js';
import { evaluationHeatmap } from '../charts/evaluation-heatmap.js';
import { Badge, Swatch } from '../parts/badge.js';
import { ChartHost } from '../parts/chart-host.js';
import { Segmented } from '../parts/controls.js';
import { FigureMenu } from '../parts/figure-menu.js';
import { hoverRun } from '../parts/hover.js';
import { Empty, Failure, Loading, StaleNotice } from '../parts/notice.js';
import { Section } from '../parts/section.js';
import { go, place, setParameters } from '../router.js';
import {
  type ComparedRun,
  type CompareState,
  type Comparison,
  compareStateOf,
  evaluatedRuns,
  scoredSets,
} from './compare-data.js';
import { CompareSettings } from './compare-settings.js';
import { CompareSignificance } from './compare-significance.js';
import { RunsOverlay } from './runs-overlay.js';

const pace = ({ compareRuns }: CompareRunsQuery) =>
  compareRuns.runs.some(({ state }) => state === 'running') ? LIVE_MS : 2 * CALM_MS;

/** Runs side by side: how they differ, how they went, what they score, and whether that is a difference at all. */
export function ComparePage() {
  const state = compareStateOf(place.value.parameters);
  const ids = state.ids.length < 2 ? null : { ids: state.ids };
  const { data, error } = useLiveQuery(CompareRunsDocument, ids, pace);
  useEffect(() => {
    document.title = 'Compare · Ranksweep';
  }, []);
  if (ids === null) return <TooFew />;
  return (
    <div class="page">
      <h1>Compare {state.ids.length} runs</h1>
      {error && !data && <Failure error={error} what="The comparison" />}
      {!data && !error && <Loading rows={12} />}
      {data && <StaleNotice error={error} what="The comparison" />}
      {data && <Compared comparison={data.compareRuns} state={withWholeIds(state, data.compareRuns)} />}
    </div>
  );
}

/** The address may have the beginnings of IDs. */
function withWholeIds(state: CompareState, { runs }: Comparison): CompareState {
  const baseline = runs.find(({ id }) => id.startsWith(state.baseline)) ?? runs[0]!;
  return { ...state, ids: runs.map(({ id }) => id), baseline: baseline.id };
}

function TooFew() {
  return (
    <div class="page">
      <Empty title="Nothing to compare yet" commands={[]}>
        Select two or more of the <a href="/runs">runs</a> and press “Compare”. The address of this page then
        names them: whoever opens it sees the same.
      </Empty>
    </div>
  );
}

function Compared({ comparison, state }: { comparison: Comparison; state: CompareState }) {
  const { runs } = comparison;
  const sets = scoredSets(runs);
  const baseline = runs.find(({ id }) => id === state.baseline)!;
  return (
    <>
      <RunsList runs={runs} baseline={state.baseline} />
      <RunsOverlay selected={state.ids} />
      {sets.length > 0 && <Evaluations runs={runs} baseline={baseline} sets={sets} />}
      {sets.length > 0 && <CompareSignificance runs={runs} baseline={againstBaseline() ? baseline : null} />}
      <CompareSettings comparison={comparison} state={state} />
    </>
  );
}

/** Which runs; one of them is what the others are held against. */
function RunsList({ runs, baseline }: { runs: ComparedRun[]; baseline: string }) {
  const without = (id: string) => runs.filter((run) => run.id !== id).map((run) => run.id);
  return (
    <ul class="compared-runs" aria-label="runs that are compared">
      {runs.map(({ id, name, state, project }) => (
        <li key={id} onMouseEnter={() => hoverRun(id)} onMouseLeave={() => hoverRun(null)}>
          <Swatch runId={id} />
          <a href={`/runs/${id}`} title={`${project.name} · ${id}`}>
            {name}
          </a>
          <Badge state={state} />
          <button
            type="button"
            class="plain"
            aria-pressed={id === baseline}
            title="hold the others against this run"
            onClick={() => setParameters({ baseline: id })}
          >
            {id === baseline ? 'baseline' : 'as baseline'}
          </button>
          <button
            type="button"
            class="plain"
            aria-label={`leave ${name} out`}
            disabled={runs.length < 3}
            onClick={() => setParameters({ runs: without(id).join(',') })}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}

/** What scores are held against: another run, or the base model. */
const againstBaseline = () => place.value.parameters.get('against') !== 'base';

const ROW = 26;
const AROUND = 70;

function Evaluations({
  runs,
  baseline,
  sets,
}: {
  runs: ComparedRun[];
  baseline: ComparedRun;
  sets: ReturnType<typeof scoredSets>;
}) {
  const against = againstBaseline() ? 'baseline' : 'base model';
  const evaluated = evaluatedRuns(runs);
  return (
    <Section
      title="Evaluations"
      note="each cell is one run's score on one set; hover for the numbers"
      controls={
        <>
          <Segmented
            label="what the scores are held against"
            options={['base model', 'baseline']}
            value={against}
            onChange={(chosen) => setParameters({ against: chosen === 'base model' ? 'base' : null })}
          />
          <FigureMenu
            name="evaluations"
            table={() => ({
              columns: ['run', 'name', ...sets.map(({ label }) => label)],
              rows: evaluated.map(({ runId, label, values }) => [
                runId,
                label,
                ...sets.map(({ key }) => values[key]),
              ]),
            })}
          />
        </>
      }
    >
      <ChartHost
        height={AROUND + ROW * runs.length}
        inputs={[JSON.stringify(evaluated), against, baseline.id]}
        draw={(frame) =>
          evaluationHeatmap(
            { runs: evaluated, sets },
            {
              ...frame,
              against: against === 'baseline' ? { kind: 'run', runId: baseline.id } : { kind: 'base' },
              onHover: hoverRun,
              onSelect: (id) => go(`/runs/${id}`),
            },
          )
        }
      />
    </Section>
  );
}
