import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'
import { Time } from './time.tsx'

export type Moment = {
  key: string
  /** As people say it: "Nov 14", "Nov 14 at 9:41 PM". */
  when: string
  at: Temporal.Instant | Temporal.PlainDate
  title: ComponentChildren
  detail?: ComponentChildren
  icon: IconName
  tone?: 'good' | 'warn' | 'bad'
}

/** What happened, in order: visit, insurer's answer, bill, payments. */
export function Timeline({ moments }: { moments: readonly Moment[] }) {
  return (
    <ol class="timeline">
      {moments.map(({ key, when, at, title, detail, icon, tone }) => (
        <li key={key} class={tone}>
          <Icon name={icon} />
          <div>
            <p class="timeline-title">{title}</p>
            {detail && <p class="muted small">{detail}</p>}
          </div>
          <Time at={at} class="muted small">
            {when}
          </Time>
        </li>
      ))}
    </ol>
  )
}
