import { valueAt } from '../format/json.js';
import { Section } from '../parts/section.js';
import type { RunDetails } from './run.js';

/** How the code differed from its commit; nothing if it did not. */
export function RunCode({ run }: { run: RunDetails }) {
  const diff = valueAt(run.provenance, 'git.diff');
  const commit = valueAt(run.provenance, 'git.commit');
  if (typeof diff !== 'string' || typeof commit !== 'string') return null;
  const files = diff.split('\n').filter((line) => /^(diff --git|\?\? )/.test(line)).length;
  return (
    <Section
      title="Code"
      note={`${files} ${files === 1 ? 'file differs' : 'files differ'} from commit ${commit.slice(0, 10)}`}
    >
      <details>
        <summary>Show the difference</summary>
        <pre class="log">{diff}</pre>
      </details>
    </Section>
  );
}
