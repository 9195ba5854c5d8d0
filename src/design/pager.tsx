import { Icon } from './icons.tsx'

type PagerProps = { label: string; newest?: PagerLink | undefined; older?: PagerLink | undefined }
type PagerLink = { href: string; label: string }

/** Onward through a long list, and back to its start; nothing when it fits on one page. */
export function Pager({ label, newest, older }: PagerProps) {
  if (!newest && !older) return null
  return (
    <nav class="pager" aria-label={label}>
      {newest && (
        <a class="button small" href={newest.href}>
          <Icon name="chevron-left" /> {newest.label}
        </a>
      )}
      {older && (
        <a class="button small" href={older.href} rel="next">
          {older.label} <Icon name="chevron-right" />
        </a>
      )}
    </nav>
  )
}
