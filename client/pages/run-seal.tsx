import { useLiveQuery } from '../api/live-query.js';
import { RunSealDocument } from '../api/operations.generated.js';

/** The server reads the manifest anew each time. */
const PACE_MS = 60_000;

/** Whether the record is still what it was when the run began. */
export function RunSeal({ id }: { id: string }) {
  const { data } = useLiveQuery(RunSealDocument, { id }, () => PACE_MS);
  if (!data?.run) return null;
  const { seal } = data.run;
  if (!seal) return <p class="hint">Never sealed: nothing says whether its record was changed.</p>;
  if (seal.intact)
    return (
      <p class="hint" title={`SHA-256 of its manifest: ${seal.sha256}`}>
        Sealed before it began, and unchanged since.
      </p>
    );
  return (
    <div class="notice failure" role="alert">
      <p>
        <strong>Its record is not what was sealed before it began.</strong> Do not trust its numbers before
        you know why.
      </p>
      {seal.problems.map((problem) => (
        <p key={problem} class="mono">
          {problem}
        </p>
      ))}
    </div>
  );
}
