import { useState } from 'preact/hooks';
import { StopRunDocument } from '../api/operations.generated.js';
import { request } from '../api/request.js';
import { Badge, Swatch } from '../parts/badge.js';
import { Failure } from '../parts/notice.js';
import { RunsLink } from '../parts/runs-link.js';
import type { RunDetails } from './run.js';

/** Name, state, verdicts, and the way to stop it. */
export function RunTitle({ run, onDone }: { run: RunDetails; onDone(): void }) {
  const [problem, setProblem] = useState<Error | null>(null);
  const stop = async () => {
    const answer = await request(StopRunDocument, { id: run.id }).catch((error: Error) => error);
    setProblem(answer instanceof Error ? answer : null);
    onDone();
  };
  return (
    <>
      <div class="title">
        <div>
          <Where run={run} />
          <div class="title-line">
            <Swatch runId={run.id} />
            <h1>{run.name}</h1>
            <Badge state={run.state} title={run.stopReason ?? run.error ?? undefined} />
            {run.reproductions.map((one) => (
              <Badge
                key={one.reproductionId}
                state={one.verdict}
                title={`reproduction ${one.reproductionId}`}
              />
            ))}
          </div>
        </div>
        {run.state === 'running' && (
          <div class="actions">
            <button type="button" onClick={stop}>
              Stop this run
            </button>
          </div>
        )}
      </div>
      {problem && <Failure error={problem} what="The change" />}
      {run.error && <Reason title="It failed" text={run.error} kind="failure" />}
      {run.stopReason && <Reason title="It ended early" text={run.stopReason} kind="attention" />}
    </>
  );
}

function Where({ run }: { run: RunDetails }) {
  return (
    <p class="where">
      <RunsLink of="project" value={run.project.name}>
        {run.project.name}
      </RunsLink>{' '}
      ▸ {run.sweepId ? <a href={`/sweeps/${run.sweepId}`}>sweep {run.sweepId}</a> : <a href="/runs">runs</a>}
      {run.trialNumber !== null && ` ▸ trial ${run.trialNumber}`} ▸ <span class="mono">{run.id}</span>
    </p>
  );
}

function Reason({ title, text, kind }: { title: string; text: string; kind: string }) {
  return (
    <div class={`notice ${kind} reason`}>
      <p>
        <strong>{title}.</strong> {text}
      </p>
    </div>
  );
}
