import { useState } from 'preact/hooks';
import { CleanUpDocument, type CleanUpMutation } from '../api/operations.generated.js';
import { request } from '../api/request.js';
import { countText, formatBytes } from '../format/number.js';
import { Failure } from '../parts/notice.js';
import { Section } from '../parts/section.js';

type Report = CleanUpMutation['collectGarbage'];
const TRASH_DAYS = 7;

/** Says what a clean-up would free, and then does it. The command line's `ranksweep gc` is the same. */
export function StorageCleanUp({ onDone }: { onDone(): void }) {
  const [report, setReport] = useState<Report | null>(null);
  const [problem, setProblem] = useState<Error | null>(null);
  const run = async (dryRun: boolean) => {
    const answer = await collect(dryRun).catch((error: Error) => error);
    setProblem(answer instanceof Error ? answer : null);
    if (!(answer instanceof Error)) setReport(answer);
    onDone();
  };
  return (
    <Section
      title="Clean-up"
      note={report === null ? `of what was in the trash for ${TRASH_DAYS} days` : reportText(report)}
      controls={
        <>
          <button type="button" onClick={() => run(true)}>
            What would it free?
          </button>
          {report?.dryRun && (
            <button type="button" onClick={() => run(false)}>
              Remove for good
            </button>
          )}
        </>
      }
    >
      {problem && <Failure error={problem} what="The clean-up" />}
    </Section>
  );
}

/** The server does a part of the work in each call. */
async function collect(dryRun: boolean): Promise<Report> {
  const input = { dryRun, trashDays: TRASH_DAYS };
  const { collectGarbage: first } = await request(CleanUpDocument, { input });
  return first.more ? sumOf(first, await collect(dryRun)) : first;
}

function sumOf(a: Report, b: Report): Report {
  const add = (x: Report['freed'], y: Report['freed']) => ({
    files: x.files + y.files,
    bytes: x.bytes + y.bytes,
  });
  return {
    ...b,
    runIds: [...a.runIds, ...b.runIds],
    freed: add(a.freed, b.freed),
    trashed: add(a.trashed, b.trashed),
    leftoverBytes: a.leftoverBytes + b.leftoverBytes,
  };
}

function reportText({ dryRun, runIds, freed, trashed, leftoverBytes }: Report): string {
  const bytes = formatBytes(freed.bytes + leftoverBytes);
  const removed = `${countText(runIds.length, 'run')} and ${bytes} in ${countText(freed.files, 'file')}`;
  const moved = trashed.files === 0 ? '' : `; ${countText(trashed.files, 'file')} into the trash`;
  return dryRun ? `it would remove ${removed}${moved}` : `it removed ${removed}${moved}`;
}
