import { useEffect, useRef, useState } from 'preact/hooks';
import { setParameters } from '../router.js';
import type { RunsState } from './runs-state.js';

export interface Keys {
  configPaths: string[];
  metricNames: string[];
}

const HINT = 'lora.rank = 8 and in_domain/loss < 3.8 state:finished';
const GRAMMAR = `Conditions side by side, all of them must hold:
lora.rank = 8   a setting of the config
in_domain/loss < 3.8   a metric's last value (loss:min its lowest)
optimizer.learningRate in (0.001, 0.01)
name ~ "era"   state:finished,stopped   project:era   dataset:HASH
has:lora.dropout   any other word is looked for in names
operators: = != < <= > >= ~`;
const TYPING_MS = 250;

/** The text query; what cannot be read is explained under it, and the rows stay as they were. */
export function FilterBar({ state }: { state: RunsState }) {
  const [text, setText] = useState(state.query);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(state.query);
  useEffect(() => {
    // what was typed here is newer than its echo from the address
    if (state.query !== sent.current) setText(state.query);
    sent.current = state.query;
  }, [state.query]);
  const type = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      sent.current = next;
      setParameters({ q: next || null, after: null });
    }, TYPING_MS);
  };
  return (
    <>
      <input
        type="text"
        aria-label="filter runs"
        placeholder={HINT}
        title={GRAMMAR}
        spellcheck={false}
        autocomplete="off"
        value={text}
        aria-invalid={state.problem !== null}
        onInput={(event) => type(event.currentTarget.value)}
      />
      {state.problem && (
        <span class="hint is-wrong" role="alert">
          at {state.problem.at + 1}: {state.problem.message}
        </span>
      )}
      {!state.problem && text === '' && <span class="hint">also state:running, has:lora.rank, name:era</span>}
    </>
  );
}
