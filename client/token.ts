import { signal } from '@preact/signals';

const STORED = 'ranksweep.token';

/** What this tab sends where the server asks for a token; it is kept for as long as the tab is open, and no longer. */
export const token = signal<string | null>(null);
/** The server has refused the last question for want of a good token. */
export const isTokenWanted = signal(false);

export function startToken(): void {
  token.value = window.sessionStorage.getItem(STORED);
}

export function giveToken(text: string): void {
  window.sessionStorage.setItem(STORED, text);
  token.value = text;
  isTokenWanted.value = false;
}

/** Loads the page anew, so that nothing stays that only the token showed. */
export function forgetToken(): void {
  window.sessionStorage.removeItem(STORED);
  window.location.reload();
}

export function authorization(): Record<string, string> {
  return token.value === null ? {} : { authorization: `Bearer ${token.value}` };
}
