import type { ComponentChildren } from 'preact'

type CardProps = {
  /** The heading; names the section for screen readers. */
  title?: ComponentChildren
  /** Needed with a title: the heading's id. */
  id?: string
  /** At the end of the heading's line: a tag, a count, a link. */
  aside?: ComponentChildren
  /** Space around the content; leave it out around tables and lists, which bring their own. */
  pad?: boolean
  class?: string
  children: ComponentChildren
}

/** A white sheet with one thing on it. With a title and no pad: a ruled heading over a table or list. */
export function Card({ title, id, aside, pad, class: extra, children }: CardProps) {
  const classes = ['card', pad ? 'pad stack' : '', extra ?? ''].filter(Boolean).join(' ')
  if (!title) return <section class={classes}>{children}</section>
  const heading = <h2 id={id}>{title}</h2>
  return (
    <section class={classes} aria-labelledby={id}>
      {pad && !aside ? (
        heading
      ) : pad ? (
        <div class="row spread">
          {heading}
          {aside}
        </div>
      ) : (
        <header>
          {heading}
          {aside}
        </header>
      )}
      {children}
    </section>
  )
}
