import { useEffect } from 'preact/hooks';
import { CALM_MS, LIVE_MS, useLiveQuery } from '../api/live-query.js';
import { RunDetailsDocument, type RunDetailsQuery } from '../api/operations.generated.js';
import { Empty, Failure, Loading, StaleNotice } from '../parts/notice.js';
import { Section } from '../parts/section.js';
import { Tree } from '../parts/tree.js';
import { RunCode } from './run-code.js';
import { RunCurvesSection } from './run-curves.js';
import { RunEvaluations } from './run-evaluations.js';
import { RunFacts } from './run-facts.js';
import { ArtifactsTable, DatasetsTable } from './run-files.js';
import { RunFit } from './run-fit.js';
import { RunGate } from './run-gate.js';
import { RunLineage } from './run-lineage.js';
import { RunLog } from './run-log.js';
import { RunNotes } from './run-notes.js';
import { RunOverlay } from './run-overlay.js';
import { RunReproductions } from './run-reproductions.js';
import { RunTitle } from './run-title.js';

export type RunDetails = NonNullable<RunDetailsQuery['run']>;

const pace = ({ run }: RunDetailsQuery) => (run?.state === 'running' ? LIVE_MS : CALM_MS);

/** One run: what it is, how it went, what it scored, where it comes from, and how to get it again. */
export function RunDetailsPage({ id }: { id: string }) {
  const { data, error, refresh } = useLiveQuery(RunDetailsDocument, { id }, pace);
  const run = data?.run;
  useEffect(() => {
    document.title = run ? `${run.name} · Ranksweep` : 'Ranksweep';
  }, [run?.name]);
  if (run) return <RunView run={run} error={error} refresh={refresh} />;
  return (
    <div class="page">
      {error && <Failure error={error} what="The run" />}
      {!error && data && (
        <Empty title={`There is no run ${id}`} commands={[]}>
          It may belong to another data folder. <a href="/runs">All runs</a>
        </Empty>
      )}
      {!error && !data && (
        <>
          <Loading rows={5} />
          <div class="two section">
            <Loading height={260} />
            <Loading height={260} />
          </div>
        </>
      )}
    </div>
  );
}

interface RunViewProps {
  run: RunDetails;
  error: Error | undefined;
  refresh(): void;
}

function RunView({ run, error, refresh }: RunViewProps) {
  return (
    <div class="page">
      <RunTitle run={run} onDone={refresh} />
      <StaleNotice error={error} what="The run" />
      <RunFacts run={run} />
      <RunNotes run={run} />
      <RunReproductions run={run} />
      <RunFit run={run} />
      <RunOverlay run={run} />
      <RunLineage run={run} />
      <RunCurvesSection run={run} />
      <RunEvaluations run={run} />
      <RunGate run={run} />
      <div class="halves">
        <Section title="Config" note={<span class="mono">{run.configHash.slice(0, 12)}</span>}>
          <Tree value={run.config} label="config" />
        </Section>
        <Section title="Provenance">
          <Tree value={run.provenance} label="provenance" />
        </Section>
      </div>
      <div class="halves">
        <DatasetsTable run={run} />
        <ArtifactsTable run={run} />
      </div>
      <RunCode run={run} />
      <RunLog run={run} />
    </div>
  );
}
