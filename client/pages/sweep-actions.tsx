import { useState } from 'preact/hooks';
import { CancelSweepDocument, PauseSweepDocument, ResumeSweepDocument } from '../api/operations.generated.js';
import { request } from '../api/request.js';
import type { SweepDetails } from './sweep-data.js';

interface SweepActionsProps {
  sweep: SweepDetails;
  onDone(): void;
  onProblem(error: Error | null): void;
}

/** Pause, resume, and cancel with a second question, because cancelling is for good. */
export function SweepActions({ sweep, onDone, onProblem }: SweepActionsProps) {
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const act = async (
    operation: typeof PauseSweepDocument | typeof ResumeSweepDocument | typeof CancelSweepDocument,
  ) => {
    setBusy(true);
    try {
      await request<unknown, { id: string }>(operation, { id: sweep.id });
      onProblem(null);
    } catch (error) {
      onProblem(error as Error);
    }
    setBusy(false);
    setAsking(false);
    onDone();
  };
  if (sweep.state === 'finished' || sweep.state === 'cancelled') return null;
  if (isAsking) {
    return (
      <div class="actions">
        <span>Stop {sweep.trialCounts.running ?? 0} running trials for good?</span>
        <button type="button" class="danger" disabled={isBusy} onClick={() => act(CancelSweepDocument)}>
          Cancel the sweep
        </button>
        <button type="button" onClick={() => setAsking(false)}>
          Keep it
        </button>
      </div>
    );
  }
  return (
    <div class="actions">
      {sweep.state === 'running' ? (
        <button type="button" disabled={isBusy} onClick={() => act(PauseSweepDocument)}>
          Pause
        </button>
      ) : (
        <button type="button" disabled={isBusy} onClick={() => act(ResumeSweepDocument)}>
          Resume
        </button>
      )}
      <button type="button" disabled={isBusy} onClick={() => setAsking(true)}>
        Cancel …
      </button>
    </div>
  );
}
