import { signal } from '@preact/signals';

export type Theme = 'light' | 'dark';
const STORED = 'ranksweep.theme';

/** The theme that is shown: the reader's choice where there is one, else the system's. */
export const theme = signal<Theme>('light');

export function startTheme(): void {
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const show = () => apply(storedTheme() ?? (system.matches ? 'dark' : 'light'));
  system.addEventListener('change', show);
  show();
}

export function toggleTheme(): void {
  const next = theme.value === 'dark' ? 'light' : 'dark';
  window.localStorage.setItem(STORED, next);
  apply(next);
}

function storedTheme(): Theme | null {
  const stored = window.localStorage.getItem(STORED);
  return stored === 'dark' || stored === 'light' ? stored : null;
}

function apply(next: Theme): void {
  theme.value = next;
  document.documentElement.dataset.theme = next;
}
