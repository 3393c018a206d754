import { signal } from '@preact/signals';

/** What the page says at its foot: exact or bucketed, how many of how many. */
export const statusText = signal('');
