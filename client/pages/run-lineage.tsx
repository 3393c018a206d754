import { CALM_MS, useLiveQuery } from '../api/live-query.js';
import { LineageDocument } from '../api/operations.generated.js';
import { lineage, lineageHeight } from '../charts/lineage.js';
import { ChartHost } from '../parts/chart-host.js';
import { Section } from '../parts/section.js';
import { go } from '../router.js';
import type { RunDetails } from './run.js';

/** The runs that this one came from and that came from it; nothing where it stands alone. */
export function RunLineage({ run }: { run: RunDetails }) {
  const { data } = useLiveQuery(LineageDocument, { runId: run.id }, () => CALM_MS);
  if (!data || data.lineage.runs.length < 2) return null;
  const { links, isCut } = data.lineage;
  const runs = data.lineage.runs.map(({ id, name }) => ({ runId: id, label: name }));
  const note = isCut ? 'the nearest of them: more belong to it' : `${runs.length} runs`;
  return (
    <Section title="Lineage" note={note}>
      <ChartHost
        height={lineageHeight(runs.length)}
        inputs={[JSON.stringify(data.lineage)]}
        draw={(frame) =>
          lineage(runs, links, { ...frame, here: run.id, onSelect: (runId) => go(`/runs/${runId}`) })
        }
      />
    </Section>
  );
}
