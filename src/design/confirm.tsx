import type { ComponentChildren } from 'preact'
import { Button } from './button.tsx'

type ConfirmProps = {
  /** Unique on the page. */
  id: string
  /** The button that asks. */
  open: string
  openLabel?: string
  title: ComponentChildren
  lead: ComponentChildren
  /** Closes the question. */
  no: string
  /** The form whose button does it. */
  children: ComponentChildren
}

/** Asks before something is taken away: a dialog that opens without script. */
export function Confirm({ id, open, openLabel, title, lead, no, children }: ConfirmProps) {
  return (
    <>
      <Button kind="quiet" size="small" popover={{ target: id }} {...(openLabel ? { label: openLabel } : {})}>
        {open}
      </Button>
      <dialog id={id} popover="auto" class="dialog" aria-labelledby={`${id}-title`}>
        <h2 id={`${id}-title`}>{title}</h2>
        <p class="muted">{lead}</p>
        <div class="row end">
          <Button popover={{ target: id, action: 'hide' }}>{no}</Button>
          {children}
        </div>
      </dialog>
    </>
  )
}
