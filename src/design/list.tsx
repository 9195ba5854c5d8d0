import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'

export type ListItem = {
  key: string
  icon?: IconName
  tone?: 'warn'
  title: ComponentChildren
  /** Makes the title a link. */
  href?: string
  detail?: ComponentChildren
  /** A button, a tag or an amount at the end. */
  end?: ComponentChildren
}

/** Things one below the other, each with a picture, its words and one thing to do. */
export function List({ items }: { items: readonly ListItem[] }) {
  return (
    <ul class="list">
      {items.map(({ key, icon, tone, title, href, detail, end }) => (
        <li key={key}>
          {icon && (
            <span class={tone ? `glyph ${tone}` : 'glyph'}>
              <Icon name={icon} />
            </span>
          )}
          <div>
            {href ? (
              <a class="go" href={href}>
                {title}
              </a>
            ) : (
              <strong>{title}</strong>
            )}
            {detail && <p class="muted small">{detail}</p>}
          </div>
          {end}
        </li>
      ))}
    </ul>
  )
}
