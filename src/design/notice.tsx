import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'

type Tone = 'info' | 'good' | 'warn' | 'bad'

const ICONS: Record<Tone, IconName> = {
  info: 'info',
  good: 'circle-check',
  warn: 'triangle-alert',
  bad: 'circle-alert',
}

type NoticeProps = {
  tone?: Tone
  icon?: IconName
  /** One link or button at the end. */
  action?: ComponentChildren
  /** Read out when the page opens: a result of what was just done. */
  status?: boolean
  /** Read out at once: something to correct. */
  alert?: boolean
  children: ComponentChildren
}

/** A sentence apart: a payment under way, what was just done, what needs a look. */
export function Notice({ tone = 'info', icon, action, status, alert, children }: NoticeProps) {
  return (
    <div class={tone === 'info' ? 'notice' : `notice ${tone}`} role={alert ? 'alert' : status ? 'status' : undefined}>
      <Icon name={icon ?? ICONS[tone]} />
      <p>{children}</p>
      {action}
    </div>
  )
}
