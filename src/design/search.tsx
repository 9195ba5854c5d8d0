import type { ComponentChildren } from 'preact'
import { Icon } from './icons.tsx'

type SearchProps = {
  action: string
  label: string
  hint: string
  button: string
  /** What was searched for. */
  value?: string | undefined
  name?: string
  /** Values kept unseen: the tab that is open. */
  hidden?: Readonly<Record<string, string>>
  /** Further filters: `Select bare`. */
  children?: ComponentChildren
  clear?: { href: string; label: string } | undefined
}

/** Finds by a word and filters; the question stands in the address, so that it can be kept and shared. */
export function Search({ action, label, hint, button, value, name = 'q', hidden = {}, children, clear }: SearchProps) {
  return (
    <search>
      <form class="search" method="get" action={action}>
        {Object.entries(hidden).map(([key, kept]) => (
          <input key={key} type="hidden" name={key} value={kept} />
        ))}
        <div class="search-box">
          <Icon name="search" />
          <label class="hidden" for={`search-${name}`}>
            {label}
          </label>
          <input
            class="input"
            id={`search-${name}`}
            type="search"
            name={name}
            value={value}
            placeholder={hint}
            maxlength={100}
          />
        </div>
        {children}
        <button class="button small" type="submit">
          {button}
        </button>
        {clear && (
          <a class="small" href={clear.href}>
            {clear.label}
          </a>
        )}
      </form>
    </search>
  )
}
