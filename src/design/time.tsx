import type { ComponentChildren } from 'preact'

type TimeProps = { at: Temporal.Instant | Temporal.PlainDate; class?: string; children: ComponentChildren }

/** A day or an instant as people say it, and for machines to the second: HTML's `datetime` takes no more than three digits below one. */
export function Time({ at, class: name, children }: TimeProps) {
  return (
    <time
      class={name}
      datetime={at instanceof Temporal.Instant ? at.toString({ smallestUnit: 'second' }) : at.toString()}
    >
      {children}
    </time>
  )
}
