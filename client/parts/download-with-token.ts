import { authorization, token } from '../token.js';

/** A link cannot carry a token: with one, the file is fetched and handed over. Without one the browser does as it does. */
export function downloadWithToken(event: MouseEvent, name: string): void {
  if (token.value === null) return;
  event.preventDefault();
  void save((event.currentTarget as HTMLAnchorElement).href, name);
}

async function save(address: string, name: string): Promise<void> {
  const response = await fetch(address, { headers: authorization() });
  if (!response.ok)
    return window.alert(`${name} could not be fetched: ${response.status} ${response.statusText}`);
  const url = URL.createObjectURL(await response.blob());
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
