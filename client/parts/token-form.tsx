import { useState } from 'preact/hooks';
import { giveToken, token } from '../token.js';
import { CopyCommand } from './copy-command.js';

/** What stands in the place of a page while the server wants a token. */
export function TokenForm() {
  const [text, setText] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    if (text.trim() !== '') giveToken(text.trim());
  };
  return (
    <div class="page">
      <section class="empty">
        <h2>
          {token.value === null ? 'This server asks for a token' : 'The token is not good, or no longer'}
        </h2>
        <p>
          Whoever runs the server makes one. It is kept in this tab only, and gone when the tab is closed.
        </p>
        <form class="filter" onSubmit={submit}>
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            aria-label="token"
            placeholder="rks_…"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <button type="submit" disabled={text.trim() === ''}>
            Go on
          </button>
        </form>
        <CopyCommand command="npx ranksweep token create --name page --role read" />
      </section>
    </div>
  );
}
