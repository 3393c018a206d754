import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { CALM_MS, useLiveQuery } from '../api/live-query.js';
import { RunLogSearchDocument } from '../api/operations.generated.js';
import { Section } from '../parts/section.js';
import type { RunDetails } from './run.js';

/** The last lines of the log, or the last that hold a text. While the run goes on it stays at its end unless the reader scrolled up. */
export function RunLog({ run }: { run: RunDetails }) {
  const [wanted, setWanted] = useState('');
  const search = useLiveQuery(
    RunLogSearchDocument,
    wanted === '' ? null : { id: run.id, containing: wanted },
    () => CALM_MS,
  );
  const isLive = run.state === 'running';
  const lines = wanted === '' ? run.log : (search.data?.run?.log ?? []);
  return (
    <Section
      title="Log"
      note={noteOf(lines.length, wanted, isLive)}
      controls={
        run.log.length > 0 && (
          <input
            type="search"
            placeholder="find in the whole log"
            aria-label="find in the log"
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
        )
      }
    >
      {lines.length > 0 && <Lines lines={lines} />}
    </Section>
  );
}

function noteOf(count: number, wanted: string, isLive: boolean): string {
  if (wanted !== '') return count === 0 ? 'no such line' : `last ${count} lines with it`;
  return count === 0 ? 'empty' : `last ${count} lines${isLive ? ', live' : ''}`;
}

function Lines({ lines }: { lines: string[] }) {
  const box = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (box.current && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines.length]);
  const onScroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    isAtEnd.current = scrollTop + clientHeight >= scrollHeight - 4;
  };
  return (
    <pre class="log" ref={box} onScroll={onScroll}>
      {lines.join('\n')}
    </pre>
  );
}
