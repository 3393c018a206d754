import type { ComponentChildren } from 'preact';
import { conditionText } from '../filter/parse-query.js';

/** A link to the runs that have something in common. */
export function RunsLink({
  of,
  value,
  children,
}: {
  of: string;
  value: string;
  children: ComponentChildren;
}) {
  return <a href={`/runs?q=${encodeURIComponent(conditionText(of, value))}`}>{children}</a>;
}
