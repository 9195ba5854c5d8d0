import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'

type EmptyProps = { icon?: IconName; title: string; children?: ComponentChildren; action?: ComponentChildren }

/** Nothing here, said kindly: what that means and what was last. */
export function Empty({ icon = 'circle-check', title, children, action }: EmptyProps) {
  return (
    <div class="empty">
      <span class="glyph">
        <Icon name={icon} />
      </span>
      <p>
        <strong>{title}</strong>
      </p>
      {children && <p class="muted">{children}</p>}
      {action}
    </div>
  )
}
