import { recordOf } from '../format/json.js';
import { Section } from '../parts/section.js';
import { Tree } from '../parts/tree.js';
import type { RunDetails } from './run.js';

/** What people wrote about the run and pinned to it; nothing if they did not. */
export function RunNotes({ run }: { run: RunDetails }) {
  const hasTags = Object.keys(recordOf(run.tags)).length > 0;
  if (!run.notes && !hasTags) return null;
  return (
    <div class="halves">
      {run.notes && (
        <Section title="Notes">
          <p class="notes">{run.notes}</p>
        </Section>
      )}
      {hasTags && (
        <Section title="Tags">
          <Tree value={run.tags} label="tags" />
        </Section>
      )}
    </div>
  );
}
