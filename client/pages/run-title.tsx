import { useState } from 'preact/hooks';
import { DeleteRunsDocument, RestoreRunsDocument, StopRunDocument } from '../api/operations.generated.js';
import { request } from '../api/request.js';
import { formatInstant } from '../format/time.js';
import { Badge, Swatch } from '../parts/badge.js';
import { Failure } from '../parts/notice.js';
import { RunsLink } from '../parts/runs-link.js';
import type { RunDetails } from './run.js';

/** Name, state, verdicts, and the way to stop it. */
export function RunTitle({ run, onDone }: { run: RunDetails; onDone(): void }) {
  const [problem, setProblem] = useState<Error | null>(null);
  const change = async (asked: Promise<unknown>) => {
    const answer = await asked.catch((error: Error) => error);
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
            {verdictsOf(run).map(([verdict, ids]) => (
              <Badge key={verdict} state={verdict} title={`reproduction ${ids.join(', ')}`} />
            ))}
          </div>
        </div>
        <div class="actions">
          <Action run={run} change={change} />
        </div>
      </div>
      {run.deletedAt && (
        <Reason title="It is in the trash" text={`since ${formatInstant(run.deletedAt)}`} kind="attention" />
      )}
      {problem && <Failure error={problem} what="The change" />}
      {run.error && <Reason title="It failed" text={run.error} kind="failure" />}
      {run.stopReason && <Reason title="It ended early" text={run.stopReason} kind="attention" />}
    </>
  );
}

/** Each verdict once, with the runs that have it. */
function verdictsOf({ reproductions }: RunDetails): [string, string[]][] {
  const ids = new Map<string, string[]>();
  for (const { verdict, reproductionId } of reproductions) {
    ids.set(verdict, [...(ids.get(verdict) ?? []), reproductionId]);
  }
  return [...ids];
}

/** What can be done with it now. */
function Action({ run, change }: { run: RunDetails; change(asked: Promise<unknown>): void }) {
  const [ids, id] = [[run.id], run.id];
  const [name, act] = run.deletedAt
    ? ['Restore from the trash', () => request(RestoreRunsDocument, { ids })]
    : run.state === 'running'
      ? ['Stop this run', () => request(StopRunDocument, { id })]
      : ['Delete', () => request(DeleteRunsDocument, { ids })];
  return (
    <button type="button" onClick={() => change(act())}>
      {name}
    </button>
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
