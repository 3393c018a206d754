import type { ComponentChildren } from 'preact';
import { ApiError, ConnectionError } from '../api/request.js';
import { CopyCommand } from './copy-command.js';

/** A page without data teaches what would fill it. */
export function Empty(props: { title: string; children: ComponentChildren; commands: string[] }) {
  return (
    <section class="empty">
      <h2>{props.title}</h2>
      <p>{props.children}</p>
      {props.commands.map((command) => (
        <CopyCommand key={command} command={command} />
      ))}
    </section>
  );
}

/** What failed, what was kept, what to do. */
export function Failure({ error, what }: { error: Error; what: string }) {
  return (
    <div class="notice failure" role="alert">
      <p>
        <strong>{what} could not be loaded.</strong> {adviceFor(error)}
      </p>
      {error instanceof ApiError &&
        error.problems.map((problem) => (
          <p key={problem.field} class="mono">
            {problem.field ? `${problem.field}: ` : ''}
            {problem.message}
          </p>
        ))}
    </div>
  );
}

/** Beside data of an earlier answer: the server refuses a newer one. A lost connection is said by the frame. */
export function StaleNotice({ error, what }: { error: Error | undefined; what: string }) {
  return error instanceof ApiError ? <Failure error={error} what={`${what} as of now`} /> : null;
}

function adviceFor(error: Error): string {
  if (error instanceof ConnectionError) {
    return 'The server does not answer. Start it with "npx ranksweep serve"; this page goes on by itself.';
  }
  return `The server says: ${error.message}`;
}

/** The shape of what is coming, so that nothing jumps when it comes. */
export function Loading({ rows = 8, height }: { rows?: number; height?: number }) {
  if (height)
    return <span class="skeleton" style={{ height: `${height}px` }} aria-label="loading" role="status" />;
  return (
    <div aria-label="loading" role="status">
      {Array.from({ length: rows }, (_, i) => (
        <span key={i} class="skeleton line" style={{ width: `${96 - ((i * 37) % 30)}%` }} />
      ))}
    </div>
  );
}
