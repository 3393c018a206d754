import type { ComponentChildren } from 'preact';

/** A part of a page: heading, a faint note, controls at the right, content. */
export function Section(props: {
  title: string;
  note?: ComponentChildren;
  controls?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class="section" aria-label={props.title}>
      <div class="section-head">
        <h2>{props.title}</h2>
        {props.note && <span class="note">{props.note}</span>}
        {props.controls && <div class="controls">{props.controls}</div>}
      </div>
      {props.children}
    </section>
  );
}
