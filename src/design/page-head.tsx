import type { ComponentChildren } from 'preact'
import { Icon } from './icons.tsx'

type PageHeadProps = {
  title: ComponentChildren
  /** One level up. */
  back?: { href: string; label: string }
  /** Above the title: a date. */
  over?: ComponentChildren
  /** Below the title: whose, when, with whom. */
  under?: ComponentChildren
  /** At the end of the line: one or two small buttons. */
  actions?: ComponentChildren
}

/** The page's one h1 with what belongs to it. */
export function PageHead({ title, back, over, under, actions }: PageHeadProps) {
  return (
    <div class="page-head">
      <div>
        {back && (
          <p class="back">
            <a href={back.href}>
              <Icon name="arrow-left" /> {back.label}
            </a>
          </p>
        )}
        {over && <p class="muted">{over}</p>}
        <h1>{title}</h1>
        {under && <p class="muted">{under}</p>}
      </div>
      {actions && <div class="row actions">{actions}</div>}
    </div>
  )
}
